import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { UploadProvider, useUpload } from 'putaway'

/** The values that an owner has shown, one entry per render. */
interface Renders {
  readonly ofStatus: string[]
  readonly ofProgress: string[]
}

/** The window of a page that has loaded this module. */
export type OwnerWindow = Window & {
  mountOwners?: (strict: boolean) => void
  renders?: Renders
  /** Starts the upload. */
  upload?: (file: File) => void
}

const ownerWindow: OwnerWindow = window

/** Mounts two components with the same upload in the page; one shows its status, the other its progress too. */
ownerWindow.mountOwners = (strict) => {
  const renders: Renders = { ofStatus: [], ofProgress: [] }
  ownerWindow.renders = renders

  function StatusOwner() {
    const avatar = useUpload({ id: 'shared', route: 'files' })
    renders.ofStatus.push(avatar.status)
    ownerWindow.upload = avatar.upload
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
}
