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
  /** The result of `useMultiUpload` or `useUpload`. */
  readonly uploader: UploadTarget
  /** Accessible name of the list. Default: "Uploads". */
  readonly label?: string | undefined
  /** Shows the speed and the time left of each upload, while they are known. Default: false. */
  readonly showSpeed?: boolean | undefined
}

/**
 * Shows one row per file: preview, name, size, progress, and buttons to cancel, retry and remove. Each row renders
 * on its own; the list renders only when items are added, removed or moved. Renders nothing while it is empty.
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

// Constant elements: React skips rows that did not change.
const row = <Row />
const openableRow = <Row openable />
