'use client'

import type { ComponentPropsWithoutRef, ReactNode } from 'react'
import { Icon } from './icons.tsx'
import { useLook } from './look.ts'
import { Dropzone as Zone, Input, Trigger } from './parts/dropzone.tsx'
import type { DropzoneState } from './parts/dropzone.tsx'
import { ScopeProvider } from './parts/root.tsx'
import type { UploadTarget } from './parts/scope.ts'
import { useTexts } from './texts.tsx'

interface DropAreaProps extends Omit<ComponentPropsWithoutRef<'div'>, 'children'> {
  /** What the button says. Default: "Choose files", or "Choose a file" where there is one. */
  readonly label?: string | undefined
  /** A line under the button, such as "PNG or JPEG, up to 5 MB". */
  readonly description?: ReactNode
  /** Asks phones for a camera: `'user'` is the one in front. */
  readonly capture?: boolean | 'user' | 'environment' | undefined
  readonly multiple: boolean
  readonly descriptionId?: string | undefined
  /**
   * What stands in place of the icon; the button stays. A function renders everything itself and should put
   * `buttonProps` on a `<button>`: with a keyboard it is the only way in.
   */
  readonly children?: ReactNode | ((state: DropzoneState) => ReactNode)
}

export interface DropzoneProps extends Omit<DropAreaProps, 'multiple' | 'descriptionId'> {
  /** Where the files go: the result of `useUpload` or `useMultiUpload`. Its rules decide what is taken. */
  readonly uploader: UploadTarget
  readonly disabled?: boolean | undefined
}

/**
 * A place to drop or paste files and folders, and a real button that opens the picker: the one thing in it that takes
 * focus. It refuses nothing by itself. `data-drag` is `none`, `accept` or `reject`.
 */
export function Dropzone({ uploader, disabled, ...rest }: DropzoneProps) {
  return (
    <ScopeProvider {...{ uploader, disabled }}>
      <DropArea multiple={uploader.options().multiple !== false} {...rest} />
    </ScopeProvider>
  )
}

/** The same, of the root that it is in. */
export function DropArea({
  label,
  description,
  descriptionId,
  capture,
  multiple,
  children,
  className,
  ...rest
}: DropAreaProps) {
  const { messages } = useTexts()
  const look = useLook()
  const title = label ?? (multiple ? messages.chooseFiles : messages.chooseFile)
  const own = typeof children === 'function'
  return (
    <Zone
      {...rest}
      className={look('dropzone', own ? '' : 'putaway-dropzone', className) || undefined}
      data-putaway="dropzone"
    >
      {(state) => (
        <>
          <Input aria-label={title} capture={capture} />
          {own ? (
            children(state)
          ) : (
            <Prompt {...{ state, title, multiple, description, descriptionId }}>{children}</Prompt>
          )}
        </>
      )}
    </Zone>
  )
}

interface PromptProps {
  readonly state: DropzoneState
  readonly title: string
  readonly multiple: boolean
  readonly description: ReactNode
  readonly descriptionId: string | undefined
  readonly children: ReactNode
}

function Prompt({
  state: { drag, reason, problem },
  title,
  multiple,
  description,
  descriptionId,
  children,
}: PromptProps) {
  const { messages } = useTexts()
  const look = useLook()
  const hint = multiple ? messages.dropFiles : messages.dropFile
  return (
    <>
      {children ?? (
        <span className="putaway-emblem">
          <Icon name={drag === 'reject' ? 'alert' : 'upload'} />
        </span>
      )}
      <span className="putaway-prompt">
        <Trigger className={look('trigger', 'putaway-choose')}>{title}</Trigger>{' '}
        <span className="putaway-hint">{drag === 'none' ? hint : (reason ?? messages.dropNow)}</span>
      </span>
      {description !== undefined && (
        <span id={descriptionId} className={look('description', 'putaway-description')}>
          {description}
        </span>
      )}
      <DropProblem problem={problem} />
    </>
  )
}

/** Why the last drop added nothing. `Live` says it aloud. */
export function DropProblem({ problem }: Pick<DropzoneState, 'problem'>) {
  return problem === undefined ? null : (
    <span className="putaway-drop-problem">
      <Icon name="alert" />
      {problem}
    </span>
  )
}
