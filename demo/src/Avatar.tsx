import { useEffect, useRef, useState } from 'react'
import { useUpload } from 'putaway'
import type { UseUpload } from 'putaway'
import { Icon } from './Icon.tsx'
import { useAvatar } from './stored.ts'
import type { StoredFile } from './stored.ts'

/** One picture that a new one replaces, built with `useUpload` only. */
export function Avatar() {
  const saved = useAvatar()
  const avatar = useUpload<StoredFile>({
    route: 'avatar',
    accept: 'image/*',
    maxSize: '5MB',
    invalidateQueries: [['avatar']],
  })
  const chooser = useRef<HTMLInputElement>(null)
  const chosen = useObjectUrl(avatar.status === 'error' ? undefined : avatar.file)
  const picture = chosen ?? saved.data?.url
  const busy = avatar.status === 'starting' || avatar.status === 'uploading' || avatar.status === 'finishing'

  return (
    <section className="card profile" aria-labelledby="profile" data-status={avatar.status}>
      <span className="portrait" data-busy={busy || undefined}>
        {picture ? <img src={picture} alt="Your profile" /> : <Icon name="person" />}
        {busy && <Ring fraction={avatar.status === 'uploading' ? avatar.progress : undefined} />}
      </span>
      <div className="profile-text">
        <h2 id="profile">Profile picture</h2>
        <output>{sentence(avatar)}</output>
        <div className="buttons">
          <button type="button" className="button" onClick={() => chooser.current?.click()}>
            {picture ? 'Change' : 'Choose picture'}
          </button>
          {busy && (
            <button type="button" className="button quiet" onClick={() => avatar.cancel()}>
              Cancel
            </button>
          )}
          {avatar.status === 'error' && avatar.error.retryable && (
            <button type="button" className="button quiet" onClick={() => avatar.retry()}>
              Retry
            </button>
          )}
        </div>
      </div>
      <input
        ref={chooser}
        type="file"
        accept="image/*"
        aria-label="Profile picture"
        hidden
        onChange={({ currentTarget }) => {
          const [file] = currentTarget.files ?? []
          if (file) avatar.upload(file)
          // Lets the user choose the same file again.
          currentTarget.value = ''
        }}
      />
    </section>
  )
}

function sentence(avatar: UseUpload<StoredFile>): string {
  if ('retrying' in avatar && avatar.retrying) return 'Connection lost. Trying again…'
  switch (avatar.status) {
    case 'idle':
      return avatar.canceled ? 'Canceled.' : 'JPEG, PNG or WebP, up to 5 MB.'
    case 'starting':
      return 'Starting…'
    case 'uploading':
      return `Uploading, ${Math.floor(avatar.progress * 100)}%`
    case 'finishing':
      return 'Finishing…'
    case 'done':
      return 'Saved.'
    case 'error':
      return avatar.error.text
  }
}

const around = 2 * Math.PI * 47

function Ring({ fraction = 0 }: { readonly fraction?: number | undefined }) {
  return (
    <svg className="ring" viewBox="0 0 100 100" aria-hidden="true">
      <circle cx={50} cy={50} r={47} />
      <circle cx={50} cy={50} r={47} strokeDasharray={around} strokeDashoffset={around * (1 - fraction)} />
    </svg>
  )
}

/** The object URL of a file in memory, revoked when it is no longer shown. */
function useObjectUrl(file: File | undefined): string | undefined {
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    if (!file) return undefined
    const made = URL.createObjectURL(file)
    // oxlint-disable-next-line react/set-state-in-effect -- a URL created during render might never be revoked
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [file])
  return file && url
}
