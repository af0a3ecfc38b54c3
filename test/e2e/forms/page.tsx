import { ImageUploader, UploadProvider } from 'putaway'
import type { StoredImage } from 'putaway'

/** The data of a user that the app's backend puts into the page. */
export interface StoredImages {
  readonly photos: readonly StoredImage[]
  readonly avatar: StoredImage | null
}

/** A typical form: the server renders it, the browser posts it. */
export function Page({ photos, avatar }: StoredImages) {
  return (
    <UploadProvider endpoints="/api/uploads" defaults={{ retry: { retries: 0 } }}>
      <form method="post" action="/api/save" aria-label="Album">
        <label>
          Title <input name="title" defaultValue="Fjords" />
        </label>
        <ImageUploader
          name="photos"
          route="photos"
          label="Photos"
          multiple
          maxFiles={5}
          required
          defaultValue={photos}
        />
        <ImageUploader name="avatar" route="avatar" label="Avatar" defaultValue={avatar} />
        <button>Save</button>
        <button type="reset">Start over</button>
      </form>
    </UploadProvider>
  )
}
