import { createRoot } from 'react-dom/client'
import { UploadList, UploadProvider, useMultiUpload } from 'putaway'
import type { UploadError } from 'putaway'
import { s3Transport } from '../../../src/transport/s3-transport.ts'

/**
 * One input and one list. The address sets `route`, and for tests with short timeouts `patience` in milliseconds and
 * `retries`.
 */
const asked = new URLSearchParams(location.search)
const patience = Number(asked.get('patience') ?? 20_000)
const retries = Number(asked.get('retries') ?? 8)
const transport = s3Transport({ startingMs: patience, sendingMs: patience, answeringMs: patience })

declare global {
  interface Window {
    /** Every final error of an upload, with its developer message. */
    errors: UploadError[]
  }
}
window.errors = []

function Page() {
  const uploads = useMultiUpload({
    route: asked.get('route') ?? 'put',
    onError: (error) => window.errors.push(error),
  })
  return (
    <>
      <input
        type="file"
        aria-label="Choose files"
        onChange={({ currentTarget }) => {
          uploads.add([...(currentTarget.files ?? [])])
          currentTarget.value = ''
        }}
      />
      <UploadList uploader={uploads} />
    </>
  )
}

createRoot(document.getElementById('root') ?? document.body).render(
  <UploadProvider endpoints="/api/uploads" transport={transport} defaults={{ retry: { retries } }}>
    <Page />
  </UploadProvider>,
)
