import { UploadDocumentTitle, UploadTray } from 'putaway'
import { Avatar } from './Avatar.tsx'
import { Connection } from './Connection.tsx'
import { Files } from './Files.tsx'
import { Photos } from './Photos.tsx'
import { Theme } from './Theme.tsx'

export function App() {
  return (
    <>
      <header className="bar">
        <img src="/icon.svg" alt="" width={26} height={26} />
        <span className="wordmark">putaway</span>
        <span className="tag">demo</span>
        <Connection />
        <Theme />
      </header>
      <main className="page">
        <div className="intro">
          <h1>Your library</h1>
          <p>Files go from this browser straight to S3. The server only signs and confirms.</p>
        </div>
        <Avatar />
        <Photos />
        <Files />
      </main>
      <UploadTray defaultOpen={false} />
      <UploadDocumentTitle />
    </>
  )
}
