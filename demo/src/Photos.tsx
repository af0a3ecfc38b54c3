import { ImageUploader, useMultiUpload } from 'putaway'
import { IconButton } from './Icon.tsx'
import { Notice } from './Notice.tsx'
import { useDelete, useStored } from './stored.ts'
import type { StoredFile } from './stored.ts'

/** Shows uploads, and below them the stored photos: a query that every finished upload refreshes. */
export function Photos() {
  const uploads = useMultiUpload<StoredFile>({
    route: 'photos',
    accept: 'image/*',
    maxSize: '20MB',
    maxFiles: 20,
    invalidateQueries: [['photos']],
    // Long enough for the user to see that it is done; the gallery has it by then.
    onDone: (_photo, item) => setTimeout(() => uploads.remove(item), 1500),
  })
  return (
    <section className="card photos" aria-label="Photos">
      <ImageUploader
        uploader={uploads}
        label="Add photos"
        description="Images of up to 20 MB, 20 at a time."
        showSpeed
      />
      <Gallery />
    </section>
  )
}

function Gallery() {
  const photos = useStored('photos')
  const remove = useDelete('photos')
  const count = photos.data?.length ?? 0
  return (
    <div className="stored">
      <div className="head">
        <h2>Gallery</h2>
        {count > 0 && <span className="count">{count}</span>}
      </div>
      {remove.isError && <Notice text="The photo could not be deleted." />}
      {photos.isError && <Notice text="The gallery could not be loaded." onRetry={() => photos.refetch()} />}
      {photos.isPending && <div className="gallery" aria-busy="true" data-loading="" />}
      {photos.isSuccess && count === 0 && (
        <p className="empty">No photos yet. Added photos appear here and stay.</p>
      )}
      {count > 0 && (
        <ul className="gallery" aria-label="Gallery">
          {photos.data?.map((photo) => (
            <li key={photo.id} className="photo">
              <img src={photo.url} alt={photo.name} loading="lazy" decoding="async" />
              <IconButton
                icon="trash"
                label={`Delete ${photo.name}`}
                disabled={remove.isPending && remove.variables.id === photo.id}
                onClick={() => remove.mutate(photo)}
              />
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
