import { ImageUploader, UploadProvider, useMultiUpload } from 'putaway'
import { fakeUploads } from 'putaway/testing'
import { useState } from 'react'
import { album, storedPicture } from './pictures.ts'

/** A live uploader at the top of the introduction. Its backend and its storage exist only in this page. */
export function Hero() {
  const [fakes] = useState(() => fakeUploads<unknown>({ speed: 1.5e6, latency: 300, result: () => ({}) }))
  return (
    <div className="hero sb-unstyled">
      <p className="hero-title">putaway</p>
      <p className="hero-words">Uploads for React that go straight to S3, and that everyone can use.</p>
      <div className="hero-stage">
        <UploadProvider endpoints={fakes.endpoints} transport={fakes.transport} defaults={fakes.defaults}>
          <LivePhotos />
        </UploadProvider>
      </div>
    </div>
  )
}

const storedPhotos = [
  storedPicture('Provence.jpg', 'rose'),
  storedPicture('Lofoten at dawn.jpg', 'dawn'),
  storedPicture('Geiranger.jpg', 'fjord'),
]

function LivePhotos() {
  const uploads = useMultiUpload({ accept: 'image/*', maxSize: '10MB', maxFiles: 12 })
  return (
    <>
      <ImageUploader
        uploader={uploads}
        label="Photos"
        description="Up to 12 photos of 10 MB"
        defaultValue={storedPhotos}
      />
      <p className="page-intro hero-try">
        Add, remove, undo, reorder.{' '}
        <button type="button" onClick={() => uploads.add(album().slice(2, 6))}>
          Upload four sample photos
        </button>
      </p>
    </>
  )
}
