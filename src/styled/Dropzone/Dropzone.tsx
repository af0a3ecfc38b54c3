'use client'

import type { ComponentPropsWithoutRef, ReactNode } from 'react'
import { Icon } from '../icons.tsx'
import { useClassNames } from '../styling.ts'
import { Dropzone as HeadlessDropzone } from '../../headless/drop/dropzone.tsx'
import { Input, Trigger } from '../../headless/drop/picker.tsx'
import type { DropzoneState } from '../../headless/drop/dropzone.tsx'
import { loadPageCode } from '../../headless/lazy/load-page-code.ts'
import { RootContextProvider } from '../../headless/root.tsx'
import type { UploaderLike } from '../../headless/context.ts'
import { useTexts } from '../../i18n/texts.tsx'
import { lazyComponent } from '../../react/lazy-component.ts'
import { loadListCode } from '../load-list-code.ts'
import type { DropNotesProps } from './DropNotes.tsx'

interface DropAreaProps extends Omit<ComponentPropsWithoutRef<'div'>, 'children'> {
  /** Label of the button. Default: "Choose files", or "Choose a file" for a single upload. */
  readonly label?: string | undefined
  /** Help text below the button, for example "PNG or JPEG, up to 5 MB". */
  readonly description?: ReactNode
  /** Opens the camera on phones: `'user'` is the front camera. */
  readonly capture?: boolean | 'user' | 'environment' | undefined
  /** Adds a button that chooses a folder. A text becomes the label of the button. Default: false. */
  readonly directory?: boolean | string | undefined
  readonly multiple: boolean
  readonly descriptionId?: string | undefined
  /**
   * Replaces the icon. The button stays. A function replaces the icon and the button. It should put `buttonProps` on a
   * `<button>`, because that button is the only way to add files with a keyboard.
   */
  readonly children?: ReactNode | ((state: DropzoneState) => ReactNode)
}

export interface DropzoneProps extends Omit<DropAreaProps, 'multiple' | 'descriptionId'> {
  /** The result of `useUpload` or `useMultiUpload`. Its rules decide which files are accepted. */
  readonly uploader: UploaderLike
  readonly disabled?: boolean | undefined
}

/**
 * Accepts dropped or pasted files and folders. Its button, which opens the picker, is the only element in it that can
 * get focus. Does not reject files, because the uploader's rules do this. `data-drag` is `none`, `accept` or
 * `reject`.
 */
export function Dropzone({ uploader, disabled, ...rest }: DropzoneProps) {
  return (
    <RootContextProvider {...{ uploader, disabled }}>
      <DropArea multiple={uploader.options().multiple !== false} {...rest} />
    </RootContextProvider>
  )
}

/** A dropzone for the uploader of the `Root` component around it. */
export function DropArea({
  label,
  description,
  descriptionId,
  capture,
  directory,
  multiple,
  children,
  className,
  ...rest
}: DropAreaProps) {
  const { messages } = useTexts()
  const classNameOf = useClassNames()
  const title = label ?? (multiple ? messages.chooseFiles : messages.chooseFile)
  const isCustom = typeof children === 'function'
  return (
    <HeadlessDropzone
      {...rest}
      className={classNameOf('dropzone', isCustom ? '' : 'putaway-dropzone', className) || undefined}
      data-putaway="dropzone"
    >
      {(state) => (
        <>
          <Input aria-label={title} capture={capture} />
          {isCustom ? (
            children(state)
          ) : (
            <Prompt {...{ state, title, directory, multiple, description, descriptionId }}>{children}</Prompt>
          )}
        </>
      )}
    </HeadlessDropzone>
  )
}

interface PromptProps {
  readonly state: DropzoneState
  readonly title: string
  readonly directory: DropAreaProps['directory']
  readonly multiple: boolean
  readonly description: ReactNode
  readonly descriptionId: string | undefined
  readonly children: ReactNode
}

function Prompt({ state, title, directory, multiple, description, descriptionId, children }: PromptProps) {
  const { messages } = useTexts()
  const classNameOf = useClassNames()
  const { drag, reason } = state
  const hint = multiple ? messages.dropFiles : messages.dropFile
  return (
    <>
      {children ?? (
        <span className="putaway-emblem">
          <Icon name={drag === 'reject' ? 'alert' : 'upload'} />
        </span>
      )}
      <span className="putaway-prompt">
        <Trigger className={classNameOf('trigger', 'putaway-choose')}>{title}</Trigger>{' '}
        <span className="putaway-hint">{drag === 'none' ? hint : (reason ?? messages.dropNow)}</span>
      </span>
      {description !== undefined && (
        <span id={descriptionId} className={classNameOf('description', 'putaway-description')}>
          {description}
        </span>
      )}
      <FolderButton directory={directory} />
      <DropNotes {...state} />
    </>
  )
}

const LazyFolderTrigger = /* @__PURE__ */ lazyComponent(loadPageCode, ({ FolderTrigger }) => FolderTrigger)

/** A button that chooses a folder, if the app asks for one. */
export function FolderButton({ directory }: Pick<DropAreaProps, 'directory'>) {
  return directory ? (
    <LazyFolderTrigger className="putaway-button putaway-folder" data-quiet="">
      {directory === true ? undefined : directory}
    </LazyFolderTrigger>
  ) : null
}

const LazyDropNotes = /* @__PURE__ */ lazyComponent(loadListCode, ({ Notes }) => Notes)

/** Loads and renders notes about a drop. The headless `Dropzone` announces the same texts. */
export function DropNotes(notes: DropNotesProps) {
  return (
    (notes.problem !== undefined || notes.reading || notes.leftOutCount > 0) && <LazyDropNotes {...notes} />
  )
}
