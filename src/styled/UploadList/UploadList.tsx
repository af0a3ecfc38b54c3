'use client'

import { useEffect, useMemo } from 'react'
import type { ComponentPropsWithoutRef } from 'react'
import { StylingContext, useClassNames } from '../styling.ts'
import { List } from '../../headless/list.tsx'
import { LiveRegion } from '../../headless/live-region.tsx'
import { FocusFrame, RootContextProvider } from '../../headless/root.tsx'
import type { UploaderLike } from '../../headless/context.ts'
import { whenLoaded } from '../../internal/lazy-module.ts'
import { loadListCode } from '../load-list-code.ts'
import { Row } from '../Row/Row.tsx'

export interface UploadListProps extends Omit<ComponentPropsWithoutRef<'div'>, 'children'> {
  /** The result of `useMultiUpload` or `useUpload`. */
  readonly uploader: UploaderLike
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
  const styling = useMemo(() => ({ showSpeed }), [showSpeed])
  // Loads the buttons and the status of rows before there are rows.
  useEffect(() => whenLoaded(loadListCode, () => {}), [])
  return (
    <StylingContext.Provider value={styling}>
      <RootContextProvider uploader={uploader}>
        <FocusFrame
          {...rest}
          store={uploader.store}
          data-putaway="list"
          className={className ? `putaway-uploads ${className}` : 'putaway-uploads'}
        >
          <Rows label={label} />
          <LiveRegion className="putaway-live" />
        </FocusFrame>
      </RootContextProvider>
    </StylingContext.Provider>
  )
}

export function Rows({
  label,
  openable = false,
}: {
  readonly label?: string | undefined
  readonly openable?: boolean
}) {
  const classNameOf = useClassNames()
  return (
    <List
      className={classNameOf('list', 'putaway-list')}
      {...(label !== undefined && { 'aria-label': label })}
    >
      {openable ? openableRowElement : rowElement}
    </List>
  )
}

// Constant elements, so that React skips rows that did not change.
const rowElement = <Row />
const openableRowElement = <Row openable />
