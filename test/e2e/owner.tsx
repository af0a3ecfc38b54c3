import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { UploadProvider, useUpload } from 'putaway'

/** The values that an owner has shown, one entry per render. */
export interface Renders {
  readonly ofStatus: string[]
  readonly ofProgress: string[]
  readonly upload: (file: File) => Promise<unknown>
}

/** The window of a page that has loaded this module. */
export type OwnerWindow = Window & { mountOwners?: typeof mountOwners }

/** Mounts two components with the same upload in the page; one shows its status, the other its progress too. */
function mountOwners(strict: boolean): Renders {
  const renders = { ofStatus: [] as string[], ofProgress: [] as string[] }
  let upload: Renders['upload'] = () => Promise.reject(new Error('Nothing was rendered.'))

  function StatusOwner() {
    const avatar = useUpload({ id: 'shared', route: 'files' })
    renders.ofStatus.push(avatar.status)
    upload = avatar.uploadAsync
    return null
  }
  function ProgressOwner() {
    const avatar = useUpload({ id: 'shared', route: 'files' })
    renders.ofProgress.push(avatar.status === 'uploading' ? `uploading ${avatar.progress}` : avatar.status)
    return null
  }
  const owners = (
    <UploadProvider endpoints="/api/uploads">
      <StatusOwner />
      <ProgressOwner />
    </UploadProvider>
  )
  createRoot(document.createElement('div')).render(strict ? <StrictMode>{owners}</StrictMode> : owners)
  return { ...renders, upload: (file) => upload(file) }
}

;(window as OwnerWindow).mountOwners = mountOwners
