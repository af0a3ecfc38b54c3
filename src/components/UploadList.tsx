'use client'

import { useMemo } from 'react'
import type { ComponentPropsWithoutRef } from 'react'
import { LookContext, useLook } from './look.ts'
import { List } from './parts/list.tsx'
import { Live } from './parts/live.tsx'
import { Frame, ScopeProvider } from './parts/root.tsx'
import type { UploadTarget } from './parts/scope.ts'
import { Row } from './Row.tsx'

export interface UploadListProps extends Omit<ComponentPropsWithoutRef<'div'>, 'children'> {
  /** The list to show: the result of `useMultiUpload` or `useUpload`. */
  readonly uploader: UploadTarget
  /** The list's name for screen readers. Default: "Uploads". */
  readonly label?: string | undefined
  /** How fast each upload is and how long it will take, while that can be told. Default: false. */
  readonly showSpeed?: boolean | undefined
}

/**
 * A row for every file: picture, name, size, progress, and buttons to cancel, retry and remove. Each row renders by
 * itself; the list renders only when items come, go or move. Shows nothing while there are no items.
 */
export function UploadList({ uploader, label, showSpeed, className, ...rest }: UploadListProps) {
  const look = useMemo(() => ({ showSpeed }), [showSpeed])
  return (
    <LookContext.Provider value={look}>
      <ScopeProvider uploader={uploader}>
        <Frame
          {...rest}
          store={uploader.store}
          data-putaway="list"
          className={className ? `putaway-uploads ${className}` : 'putaway-uploads'}
        >
          <Rows label={label} />
          <Live className="putaway-live" />
        </Frame>
      </ScopeProvider>
    </LookContext.Provider>
  )
}

export function Rows({
  label,
  openable = false,
}: {
  readonly label?: string | undefined
  readonly openable?: boolean
}) {
  const look = useLook()
  return (
    <List className={look('list', 'putaway-list')} {...(label !== undefined && { 'aria-label': label })}>
      {openable ? openableRow : row}
    </List>
  )
}

// The same elements on every render: what did not change is not rendered.
const row = <Row />
const openableRow = <Row openable />
