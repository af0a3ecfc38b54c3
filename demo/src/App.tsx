import { Avatar } from './Avatar.tsx'
import { Files } from './Files.tsx'
import { Photos } from './Photos.tsx'

export function App() {
  return (
    <>
      <header className="bar">
        <img src="/icon.svg" alt="" width={26} height={26} />
        <span className="wordmark">putaway</span>
        <span className="tag">demo</span>
      </header>
      <main className="page">
        <div className="intro">
          <h1>Your library</h1>
          <p>Everything here goes from this browser straight to S3. The server only signs and confirms.</p>
        </div>
        <Avatar />
        <Photos />
        <Files />
      </main>
    </>
  )
}
