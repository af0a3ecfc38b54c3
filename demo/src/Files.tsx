import { FileUploader, useMultiUpload } from 'putaway'
import { Notice } from './Notice.tsx'
import { sampleFiles } from './samples.ts'
import { useStored } from './stored.ts'

/** Files of any type and size, stored and new ones in one list. */
export function Files() {
  const stored = useStored('files')
  const uploads = useMultiUpload({ route: 'files', maxSize: '5GB' })
  return (
    <section className="card files">
      <FileUploader
        uploader={uploads}
        label="Files"
        description="Any type, up to 5 GB. Large files are sent in parts."
        value={stored.value}
        onChange={(files) => stored.change([files ?? []].flat())}
        disabled={!stored.isLoaded}
        showSpeed
      />
      <Notice what="files" stored={stored} />
      <p className="try">
        No files at hand?{' '}
        <button type="button" disabled={!stored.isLoaded} onClick={() => uploads.add(sampleFiles())}>
          Add three sample files
        </button>
      </p>
    </section>
  )
}
