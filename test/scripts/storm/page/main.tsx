import { createRoot } from 'react-dom/client'
import { UploadList, UploadProvider, useMultiUpload } from 'putaway'
import type { UseMultiUpload } from 'putaway'
import { s3Transport } from '../../../../src/transport/s3-transport.ts'
import { stormBytes } from '../bytes.ts'

interface Storm {
  add(seed: number, from: number, to: number): void
  counts(): Record<string, number>
  errors(): string[]
  retry(): void
  unmount(): void
}
declare global {
  interface Window {
    storm: Storm
  }
}

const root = createRoot(document.getElementById('root') ?? document.body)
let uploads: UseMultiUpload | undefined

function Page() {
  const all = useMultiUpload({ meta: (file) => ({ index: Number(file.name.split('.')[0]) }) })
  uploads = all
  return <UploadList uploader={all} />
}

// Stalls time out after 4 s, or a run would take an hour.
const transport = s3Transport({ startingMs: 8000, sendingMs: 4000, answeringMs: 4000 })
root.render(
  <UploadProvider
    endpoints="/api/uploads"
    transport={transport}
    defaults={{ retry: { retries: 12, maxDelay: 4000 } }}
  >
    <Page />
  </UploadProvider>,
)

window.storm = {
  add(seed, from, to) {
    const files = Array.from({ length: to - from }, (_, step) => {
      const index = from + step
      return new File([stormBytes(seed, index)], `${index}.png`, { type: 'image/png' })
    })
    uploads?.add(files)
  },
  counts() {
    const counts: Record<string, number> = {}
    for (const { status } of uploads?.store.getState().items ?? []) counts[status] = (counts[status] ?? 0) + 1
    return counts
  },
  errors: () =>
    (uploads?.store.getState().items ?? []).flatMap((item) =>
      item.status === 'error'
        ? [`${item.file.name} ${item.error.phase} ${item.error.code}: ${item.error.message}`]
        : [],
    ),
  retry: () => uploads?.retry(),
  unmount: () => root.unmount(),
}
