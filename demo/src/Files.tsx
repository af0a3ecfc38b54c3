import { useRef, useState } from 'react'
import type { ReactNode } from 'react'
import { formatSize, ProgressBar, useMultiUpload, useUploadItem } from 'putaway'
import type { UploadItem, UseMultiUpload } from 'putaway'
import { Icon, IconButton } from './Icon.tsx'
import type { IconName } from './Icon.tsx'
import { Notice } from './Notice.tsx'
import { useDelete, useStored } from './stored.ts'
import type { StoredFile } from './stored.ts'

/** A custom list built from hooks, for files of any type and size. */
export function Files() {
  const uploads = useMultiUpload<StoredFile>({
    route: 'files',
    maxSize: '5GB',
    invalidateQueries: [['files']],
    // Long enough for the user to see that it is done; the stored list has it by then.
    onDone: (_file, item) => setTimeout(() => uploads.remove(item), 1500),
  })
  return (
    <section className="card files" aria-labelledby="files">
      <div className="head">
        <h2 id="files">Files</h2>
      </div>
      <Chooser onChoose={uploads.add} />
      <div>
        <ul className="rows" aria-label="Uploads">
          {uploads.items.map((item) => (
            <Upload key={item.id} item={item} uploads={uploads} />
          ))}
          {uploads.rejections.map(({ id, file, error }) => (
            <Row key={id} status="error" icon="alert" name={file.name} detail={error.text}>
              <IconButton icon="close" label={`Dismiss ${file.name}`} onClick={() => uploads.dismiss(id)} />
            </Row>
          ))}
        </ul>
        <StoredFiles />
      </div>
    </section>
  )
}

function Chooser({ onChoose }: { readonly onChoose: (files: Iterable<File>) => void }) {
  const input = useRef<HTMLInputElement>(null)
  const [over, setOver] = useState(false)
  return (
    // The drop area is a shortcut: every user can use the button in it.
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
      <span className="hint">Any type, up to 5 GB. Large files are sent in parts.</span>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label="Choose files"
        onChange={({ currentTarget }) => {
          // Copies the list, because clearing the input, which lets the user choose the same file again, empties it.
          onChoose([...(currentTarget.files ?? [])])
          currentTarget.value = ''
        }}
      />
    </div>
  )
}

interface UploadProps {
  readonly item: UploadItem<StoredFile>
  readonly uploads: Pick<UseMultiUpload<StoredFile>, 'cancel' | 'retry' | 'remove'>
}

/** Renders on progress of its file; the list around it does not. */
function Upload({ item, uploads }: UploadProps) {
  const now = useUploadItem(item)
  const { status } = now
  const { name } = item.file
  const busy = status === 'starting' || status === 'uploading' || status === 'finishing'
  const stopped = status === 'error' || (status === 'idle' && now.canceled)
  const icon = status === 'error' ? 'alert' : status === 'done' ? 'check' : 'file'
  return (
    <Row
      status={status}
      icon={icon}
      name={name}
      detail={detailOf(now)}
      below={busy && <ProgressBar item={item} />}
    >
      {stopped && (status !== 'error' || now.error.retryable) && (
        <IconButton icon="retry" label={`Retry ${name}`} onClick={() => uploads.retry(item)} />
      )}
      {stopped ? (
        <IconButton icon="close" label={`Remove ${name}`} onClick={() => uploads.remove(item)} />
      ) : (
        status !== 'done' && (
          <IconButton icon="close" label={`Cancel ${name}`} onClick={() => uploads.cancel(item)} />
        )
      )}
    </Row>
  )
}

function detailOf(item: UploadItem): string {
  if ('retrying' in item && item.retrying)
    return navigator.onLine
      ? 'Connection lost. Trying again…'
      : 'You are offline. Continues when the connection is back.'
  switch (item.status) {
    case 'idle':
      return item.canceled ? 'Canceled' : 'Waiting'
    case 'starting':
      return 'Starting…'
    case 'uploading':
      return `${formatSize(item.progress * item.file.size, 'en')} of ${formatSize(item.file.size, 'en')}`
    case 'finishing':
      return 'Finishing…'
    case 'done':
      return 'Uploaded'
    case 'error':
      return item.error.text
  }
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
          <Row
            key={file.id}
            icon="file"
            name={file.name}
            href={file.url}
            detail={formatSize(file.size, 'en')}
          >
            <IconButton icon="trash" label={`Delete ${file.name}`} onClick={() => remove.mutate(file)} />
          </Row>
        ))}
      </ul>
    </>
  )
}

interface RowProps {
  readonly status?: string
  readonly icon: IconName
  readonly name: string
  readonly href?: string
  readonly detail: string
  readonly below?: ReactNode
  readonly children: ReactNode
}

function Row({ status, icon, name, href, detail, below, children }: RowProps) {
  return (
    <li className="row" data-status={status}>
      <span className="badge">
        <Icon name={icon} />
      </span>
      <span className="row-text">
        {href === undefined ? (
          <span className="name" title={name}>
            {name}
          </span>
        ) : (
          <a className="name" title={name} href={href} target="_blank" rel="noreferrer">
            {name}
          </a>
        )}
        <span className="detail">{detail}</span>
        {below}
      </span>
      <span className="actions">{children}</span>
    </li>
  )
}
