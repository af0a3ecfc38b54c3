'use client'

import { useCallback, useState } from 'react'
import type { ComponentPropsWithoutRef, DragEvent, ReactNode, RefCallback } from 'react'
import { useDropzone } from 'react-dropzone'
import { useStore } from 'zustand'
import { acceptPatterns } from '../protocol/accept.ts'
import { dragRefusal, roomOf } from './drag.ts'
import type { DropTarget } from './drag.ts'
import { rememberChooser } from './focus.ts'
import { Icon } from './icons.tsx'
import { messages } from './messages.ts'

export interface DropzoneProps extends Omit<ComponentPropsWithoutRef<'div'>, 'children'> {
  /** Where the files go: the result of `useUpload` or `useMultiUpload`. Its rules decide what is taken. */
  readonly uploader: DropTarget
  /** What the button says. Default: "Choose files", or "Choose a file" where there is one. */
  readonly label?: string | undefined
  /** A line under the button, such as "PNG or JPEG, up to 5 MB". */
  readonly description?: ReactNode
  readonly disabled?: boolean | undefined
  /**
   * What stands in place of the icon; the button stays. A function renders everything itself and should put
   * `buttonProps` on a `<button>`: with a keyboard it is the only way in.
   */
  readonly children?: ReactNode | ((state: DropzoneState) => ReactNode)
}

export interface DropzoneState {
  /** Whether files are held over the zone, and whether any of them can be taken. */
  readonly drag: 'none' | 'accept' | 'reject'
  /** Why not, for people, while `drag` is `reject`. */
  readonly reason: string | undefined
  /** Whether the list holds as many files as it may. */
  readonly full: boolean
  /** Opens the file picker. */
  readonly open: () => void
  /** For the button that opens the picker. */
  readonly buttonProps: {
    readonly ref: RefCallback<HTMLButtonElement>
    readonly type: 'button'
    readonly disabled: boolean
    readonly onClick: () => void
  }
}

/**
 * A place to drop or paste files and folders, and a real button that opens the picker: the one thing in it that takes
 * focus. It refuses nothing by itself. `data-drag` is `none`, `accept` or `reject`.
 */
export function Dropzone({
  uploader,
  label,
  description,
  disabled = false,
  children,
  className,
  ...rest
}: DropzoneProps) {
  const { store, options, add } = uploader
  const count = useStore(store, ({ items }) => items.length)
  const { accept, multiple = true, maxFiles } = options()
  const [refusal, setRefusal] = useState<'wrong-type' | 'too-many'>()
  const zone = useDropzone({
    // Everything comes through, in order: what is taken is the uploader's to say.
    onDrop: (files) => void add(files),
    disabled,
    noClick: true,
    noKeyboard: true,
  })
  const ref = useCallback((button: HTMLButtonElement | null) => rememberChooser(store, button), [store])

  const {
    role: _,
    tabIndex: __,
    'aria-disabled': ___,
    ...root
  } = zone.getRootProps({
    ...rest,
    onDragEnter: (event: DragEvent<HTMLDivElement>) => {
      setRefusal(dragRefusal(uploader, event.dataTransfer))
      rest.onDragEnter?.(event)
    },
  })
  const active = zone.isDragActive && !disabled
  const drag = !active ? 'none' : refusal ? 'reject' : 'accept'
  const title = label ?? (multiple ? messages.chooseFiles : messages.chooseFile)
  const state: DropzoneState = {
    drag,
    reason: drag === 'reject' ? reasonOf(refusal, maxFiles) : undefined,
    full: multiple && count > 0 && roomOf(uploader) === 0,
    open: zone.open,
    buttonProps: { ref, type: 'button', disabled, onClick: zone.open },
  }
  const own = typeof children === 'function'
  return (
    <div
      {...root}
      className={[!own && 'putaway-dropzone', className].filter(Boolean).join(' ') || undefined}
      data-putaway="dropzone"
      data-drag={drag}
      data-disabled={disabled || undefined}
    >
      <input
        {...zone.getInputProps({ style: undefined, multiple })}
        accept={accept === undefined ? undefined : acceptPatterns(accept).join(',')}
        aria-label={title}
        disabled={disabled}
        hidden
      />
      {own ? children(state) : <Prompt {...{ state, title, multiple, description }}>{children}</Prompt>}
    </div>
  )
}

interface PromptProps {
  readonly state: DropzoneState
  readonly title: string
  readonly multiple: boolean
  readonly description: ReactNode
  readonly children: ReactNode
}

function Prompt({ state, title, multiple, description, children }: PromptProps) {
  const { drag, reason, buttonProps } = state
  const hint = multiple ? messages.dropFiles : messages.dropFile
  return (
    <>
      {children ?? (
        <span className="putaway-emblem">
          <Icon name={drag === 'reject' ? 'alert' : 'upload'} />
        </span>
      )}
      <span className="putaway-prompt">
        <button {...buttonProps} className="putaway-choose">
          {title}
        </button>{' '}
        <span className="putaway-hint">{drag === 'none' ? hint : (reason ?? messages.dropNow)}</span>
      </span>
      {description !== undefined && <span className="putaway-description">{description}</span>}
    </>
  )
}

function reasonOf(refusal: 'wrong-type' | 'too-many' | undefined, maxFiles = 1): string {
  return refusal === 'too-many' ? messages.full(maxFiles) : messages.wrongType
}
