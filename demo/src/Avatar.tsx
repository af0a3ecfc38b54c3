import { ImageUploader } from 'putaway'
import { Notice } from './Notice.tsx'
import { useStored } from './stored.ts'

/** One picture that a new one replaces. */
export function Avatar() {
  const stored = useStored('avatar')
  return (
    <section className="card profile">
      <ImageUploader
        route="avatar"
        layout="avatar"
        label="Profile picture"
        description="JPEG, PNG or WebP, up to 5 MB"
        maxSize="5MB"
        value={stored.value[0] ?? null}
        onChange={(picture) => stored.change(picture ? [picture] : [])}
        disabled={!stored.isLoaded}
      />
      <Notice what="profile picture" stored={stored} />
    </section>
  )
}
