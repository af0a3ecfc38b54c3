import { ImageUploader } from 'putaway'
import { useState } from 'react'
import { album } from './pictures.ts'
import { SceneList } from './scenes.tsx'

/** The picture of the package at the top of the introduction. */
export function Hero() {
  const [scenes] = useState(() => {
    const [dawn, fjord, dunes, forest] = album()
    const at = ['done', 'done', 'uploading', 'finishing'] as const
    return [dawn, fjord, dunes, forest].flatMap((file, index) =>
      file ? [[at[index] ?? 'done', file, 0.64] as const] : [],
    )
  })
  return (
    <div className="hero sb-unstyled">
      <p className="hero-title">putaway</p>
      <p className="hero-words">Uploads for React that go straight to S3, and that everyone can use.</p>
      <div className="hero-stage">
        <SceneList scenes={scenes} options={{ accept: 'image/*', maxFiles: 12 }}>
          {(uploader) => (
            <ImageUploader uploader={uploader} label="Photos" description="Up to 12 photos of 10 MB" />
          )}
        </SceneList>
      </div>
    </div>
  )
}
