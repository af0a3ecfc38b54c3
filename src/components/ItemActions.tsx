'use client'

import type { ItemStatus, UploadItem } from '../core/item.ts'
import { isPending } from '../core/item.ts'
import type { Uploader } from '../core/uploader.ts'
import { useUploadItem } from '../react/useUploadItem.ts'
import { Icon } from './icons.tsx'
import { messages } from './messages.ts'

/** What can be done with an item. The functions of an uploader, which stay the same from render to render. */
export type ItemCalls = Pick<Uploader, 'cancel' | 'retry' | 'remove'>

interface ItemActionsProps extends ItemCalls {
  readonly item: UploadItem
  readonly disabled?: boolean | undefined
}

/** Cancel or retry, whichever makes sense, and remove: each named with the file. */
export function ItemActions({ item, cancel, retry, remove, disabled = false }: ItemActionsProps) {
  const action = useUploadItem(item, actionOf)
  const { name } = item.file
  return (
    <span className="putaway-actions">
      {action === 'cancel' && (
        <IconButton action="cancel" label={messages.cancelOf(name)} onClick={() => cancel(item)} />
      )}
      {action === 'retry' && (
        <IconButton
          action="retry"
          label={messages.retryOf(name)}
          disabled={disabled}
          onClick={() => retry(item)}
        />
      )}
      <IconButton
        action="remove"
        label={messages.removeOf(name)}
        disabled={disabled}
        onClick={() => remove(item)}
      />
    </span>
  )
}

/** What an item offers now: cancel while it may still be stopped, retry where that may help. */
export function actionOf(item: ItemStatus<unknown>): 'cancel' | 'retry' | 'none' {
  if (isPending(item)) return 'cancel'
  if (item.status === 'error') return item.error.retryable ? 'retry' : 'none'
  return item.status === 'idle' ? 'retry' : 'none'
}

const icons = { cancel: 'close', dismiss: 'close', retry: 'retry', remove: 'trash' } as const

interface IconButtonProps {
  readonly action: keyof typeof icons
  readonly label: string
  readonly disabled?: boolean
  readonly onClick: () => void
}

export function IconButton({ action, label, disabled = false, onClick }: IconButtonProps) {
  return (
    <button
      type="button"
      className="putaway-icon-button"
      data-action={action}
      aria-label={label}
      title={messages[action]}
      disabled={disabled}
      onClick={onClick}
    >
      <Icon name={icons[action]} />
    </button>
  )
}
