'use client'

import type { ComponentPropsWithoutRef } from 'react'
import { PageDrop } from '../../headless/drop/PageDrop.tsx'
import { LoadedDropNotes } from '../Dropzone/DropNotes.tsx'
import { Icon } from '../icons.tsx'

export interface PageDropOverlayProps extends Omit<ComponentPropsWithoutRef<'div'>, 'children'> {
  /** Name of the place to which the files are added. The overlay says: "Drop files to add them to …". */
  readonly label?: string | undefined
  readonly disabled?: boolean | undefined
}

/** The headless `PageDrop` with a look. It loads with the code of lists. */
export function PageDropOverlay({ className, ...rest }: PageDropOverlayProps) {
  return (
    <PageDrop
      {...rest}
      className={['putaway-page-drop', className].filter(Boolean).join(' ')}
      data-putaway="page-drop"
    >
      {({ drag, text, problem, reading }) =>
        drag === 'none' ? (
          (problem !== undefined || reading) && (
            <span className="putaway-page-drop-note">
              <LoadedDropNotes {...{ problem, reading }} leftOutCount={0} />
            </span>
          )
        ) : (
          <span className="putaway-page-drop-target">
            <span className="putaway-emblem">
              <Icon name={drag === 'reject' ? 'alert' : 'upload'} />
            </span>
            <bdi className="putaway-page-drop-text">{text}</bdi>
          </span>
        )
      }
    </PageDrop>
  )
}
