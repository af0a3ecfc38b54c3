import { ImageUploader, Upload, UploadProvider } from 'putaway'
import type { FieldEntry } from 'putaway'

/** A row with a caption, as docs/form-values.md shows it. */
function CaptionRow({ entry }: { readonly entry: FieldEntry }) {
  const name = entry.kind === 'upload' ? entry.item.file.name : entry.image.name
  return (
    <>
      <Upload.Preview />
      <Upload.MetaInput metaKey="caption" aria-label={`Caption of ${name}`} />
      <Upload.Status />
      <Upload.Retry />
      <Upload.Remove />
      <Upload.DragHandle />
    </>
  )
}

/** A new album: photos wait with their captions until Save. */
export function Album() {
  return (
    <UploadProvider endpoints="/api/uploads" defaults={{ retry: { retries: 0 } }}>
      <form method="post" action="/api/album" aria-label="Album">
        <ImageUploader
          name="photos"
          route="album"
          label="Photos"
          multiple
          required
          layout="list"
          start="manual"
          slots={{ item: CaptionRow }}
        />
        <button name="intent" value="publish">
          Save
        </button>
      </form>
    </UploadProvider>
  )
}
