import { useEffect, useState } from 'react'
import type { FormEvent } from 'react'
import { createRoot } from 'react-dom/client'
import { FileUploader, UploadProvider } from 'putaway'
import 'putaway/styles.css'
import type { Document } from './documents.ts'

/** With `#later` the form can be saved before the scan has ended. */
const allowPending = location.hash === '#later'

function App() {
  const [documents, setDocuments] = useState<readonly Document[]>([])
  useEffect(() => {
    const load = async () => {
      const response = await fetch('/api/documents')
      if (response.ok) setDocuments((await response.json()) as Document[])
    }
    void load()
    const timer = setInterval(() => void load(), 1000)
    return () => clearInterval(timer)
  }, [])
  const save = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = event.currentTarget
    void fetch('/api/documents', { method: 'POST', body: new FormData(form) }).then(
      ({ ok }) => ok && form.reset(),
    )
  }
  return (
    <UploadProvider endpoints="/api/uploads">
      <form onSubmit={save}>
        <FileUploader
          name="documents"
          label="Documents"
          description="Images, PDF and text"
          multiple
          allowPending={allowPending}
        />
        <button>Save</button>
      </form>
      <ul aria-label="Saved documents">
        {documents.map(({ id, name, status }) => (
          <li key={id}>
            {name}: {status}
          </li>
        ))}
      </ul>
    </UploadProvider>
  )
}

const root = document.getElementById('root')
if (!root) throw new Error('The page has no #root.')
createRoot(root).render(<App />)
