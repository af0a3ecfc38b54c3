import { ImageUploader, useMultiUpload } from 'putaway'
import { Notice } from './Notice.tsx'
import { samplePhotos } from './samples.ts'
import { useStored } from './stored.ts'

/** Stored photos and new ones in one grid. */
export function Photos() {
  const stored = useStored('photos')
  const uploads = useMultiUpload({ route: 'photos', accept: 'image/*', maxSize: '20MB', maxFiles: 20 })
  return (
    <section className="card photos">
      <ImageUploader
        uploader={uploads}
        label="Photos"
        description="Up to 20 photos of 20 MB"
        value={stored.value}
        onChange={(photos) => stored.change([photos ?? []].flat())}
        disabled={!stored.isLoaded}
        showSpeed
      />
      <Notice what="photos" stored={stored} />
      <p className="try">
        No photos at hand?{' '}
        <button
          type="button"
          disabled={!stored.isLoaded}
          onClick={() => void samplePhotos().then((photos) => uploads.add(photos))}
        >
          Add six sample photos
        </button>
      </p>
    </section>
  )
}
