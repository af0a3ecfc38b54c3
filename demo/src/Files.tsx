import { useRef, useState } from 'react'
import { ProgressBar, useMultiUpload, useUploadItem } from 'putaway'
import type { Rejection, UploadItem, UseMultiUpload } from 'putaway'
import { Icon } from './Icon.tsx'
import { Notice } from './Notice.tsx'
import { formatSize } from './size.ts'
import { useDelete, useStored } from './stored.ts'
import type { Stored } from './stored.ts'

/** A list of one's own, from hooks alone: any file, also very large ones. */
export function Files() {
  const uploads = useMultiUpload<Stored>({
    route: 'files',
    maxSize: '5GB',
    invalidates: [['files']],
    onDone: (_file, item) => setTimeout(() => uploads.remove(item), 1500),
  })
  return (
    <section className="card files" aria-labelledby="files">
      <div className="head">
        <h2 id="files">Files</h2>
      </div>
      <Chooser onChoose={uploads.add} />
      <ul className="rows" aria-label="Uploads">
        {uploads.items.map((item) => (
          <UploadRow key={item.id} item={item} uploads={uploads} />
        ))}
        {uploads.rejections.map((rejection) => (
          <RejectionRow
            key={rejection.id}
            rejection={rejection}
            onDismiss={() => uploads.dismiss(rejection)}
          />
        ))}
      </ul>
      <StoredFiles />
    </section>
  )
}

function Chooser({ onChoose }: { readonly onChoose: (files: Iterable<File>) => void }) {
  const input = useRef<HTMLInputElement>(null)
  const [over, setOver] = useState(false)
  return (
    // Dropping is a shortcut: the button in it is for everybody.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      className="chooser"
      data-over={over || undefined}
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault()
        setOver(false)
        onChoose(event.dataTransfer.files)
      }}
    >
      <button type="button" className="button" onClick={() => input.current?.click()}>
        <Icon name="upload" />
        Choose files
      </button>
      <span className="hint">Any type, up to 5 GB. Large files go in parts.</span>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label="Files"
        onChange={({ currentTarget }) => {
          // A copy: emptying the input, so that the same file can be chosen again, empties its list.
          onChoose([...(currentTarget.files ?? [])])
          currentTarget.value = ''
        }}
      />
    </div>
  )
}

interface UploadRowProps {
  readonly item: UploadItem<Stored>
  readonly uploads: Pick<UseMultiUpload<Stored>, 'cancel' | 'retry' | 'remove'>
}

function UploadRow({ item, uploads }: UploadRowProps) {
  const now = useUploadItem(item)
  const { name } = item.file
  const busy = now.status === 'starting' || now.status === 'uploading' || now.status === 'finishing'
  const waiting = now.status === 'idle' && !now.canceled
  const again = (now.status === 'error' && now.error.retryable) || (now.status === 'idle' && now.canceled)
  return (
    <li className="row" data-status={now.status}>
      <span className="badge">
        <Icon name={now.status === 'done' ? 'check' : now.status === 'error' ? 'alert' : 'file'} />
      </span>
      <span className="row-text">
        <span className="name" title={name}>
          {name}
        </span>
        <span className="detail">{detailOf(now)}</span>
        {busy && <ProgressBar item={item} />}
      </span>
      {(busy || waiting) && (
        <button
          type="button"
          className="icon-button"
          aria-label={`Cancel ${name}`}
          onClick={() => uploads.cancel(item)}
        >
          <Icon name="close" />
        </button>
      )}
      {again && (
        <button
          type="button"
          className="icon-button"
          aria-label={`Retry ${name}`}
          onClick={() => uploads.retry(item)}
        >
          <Icon name="retry" />
        </button>
      )}
      {!busy && !waiting && now.status !== 'done' && (
        <button
          type="button"
          className="icon-button"
          aria-label={`Remove ${name}`}
          onClick={() => uploads.remove(item)}
        >
          <Icon name="close" />
        </button>
      )}
    </li>
  )
}

function detailOf(item: UploadItem): string {
  switch (item.status) {
    case 'idle':
      return item.canceled ? 'Canceled' : 'Waiting'
    case 'starting':
      return 'Starting…'
    case 'uploading':
      return `${formatSize(item.progress * item.file.size)} of ${formatSize(item.file.size)}`
    case 'finishing':
      return 'Finishing…'
    case 'done':
      return 'Uploaded'
    case 'error':
      return item.error.text
  }
}

function RejectionRow({ rejection, onDismiss }: { rejection: Rejection; onDismiss: () => void }) {
  const { file, error } = rejection
  return (
    <li className="row" data-status="error">
      <span className="badge">
        <Icon name="alert" />
      </span>
      <span className="row-text">
        <span className="name" title={file.name}>
          {file.name}
        </span>
        <span className="detail">{error.text}</span>
      </span>
      <button type="button" className="icon-button" aria-label={`Dismiss ${file.name}`} onClick={onDismiss}>
        <Icon name="close" />
      </button>
    </li>
  )
}

function StoredFiles() {
  const files = useStored('files')
  const remove = useDelete('files')
  if (files.isError) return <Notice text="Your files could not be loaded." onRetry={() => files.refetch()} />
  return (
    <>
      {remove.isError && <Notice text="The file could not be deleted." />}
      {files.data?.length === 0 && <p className="empty">No files yet.</p>}
      <ul className="rows" aria-label="Stored files">
        {files.data?.map((file) => (
          <li key={file.id} className="row">
            <span className="badge">
              <Icon name="file" />
            </span>
            <span className="row-text">
              <a className="name" href={file.url} target="_blank" rel="noreferrer" title={file.name}>
                {file.name}
              </a>
              <span className="detail">{formatSize(file.size)}</span>
            </span>
            <button
              type="button"
              className="icon-button"
              aria-label={`Delete ${file.name}`}
              onClick={() => remove.mutate(file)}
            >
              <Icon name="trash" />
            </button>
          </li>
        ))}
      </ul>
    </>
  )
}
