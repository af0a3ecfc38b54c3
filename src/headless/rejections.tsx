'use client'

import type { ComponentPropsWithoutRef, ReactNode } from 'react'
import { useStore } from 'zustand'
import { cleanedPathOf } from '../core/files/file-path.ts'
import type { Rejection } from '../core/rules.ts'
import { useCompleteTexts } from '../i18n/complete-texts.ts'
import { errorText } from '../i18n/texts.tsx'
import { useRootContext } from './context.ts'

/** A file that the rules rejected when the user chose it. */
export interface RejectionState extends Rejection {
  /** The path of a file from a folder, else its name. */
  readonly name: string
  /** Text that explains why the file was rejected. */
  readonly text: string
  readonly dismiss: () => void
}

interface RejectionsOptions {
  /** Content of a row: an `<li>`. Default: name and reason. */
  readonly children?: (rejection: RejectionState) => ReactNode
}

/** Number of rows. The rows of 10,000 files block the page for seconds. */
const maxRows = 100

/**
 * The files that the rules rejected, until they are dismissed. Renders nothing while there are none. Shows the first 100,
 * and the number of the others: `rejections` of the uploader has them all.
 */
export function Rejections({
  children = renderRejection,
  ...rest
}: RejectionsOptions & Omit<ComponentPropsWithoutRef<'ul'>, 'children'>) {
  const { uploader } = useRootContext()
  const texts = useCompleteTexts()
  const rejections = useStore(uploader.store, (state) => state.rejections)
  if (rejections.length === 0) return null
  const { messages, formatters } = texts
  return (
    <ul aria-label={messages.rejections} data-part="rejections" {...rest}>
      {rejections.slice(0, maxRows).map((rejection) =>
        children({
          ...rejection,
          name: cleanedPathOf(rejection.file) ?? rejection.file.name,
          text: errorText(rejection.error, texts),
          dismiss: () => uploader.dismiss(rejection),
        }),
      )}
      {rejections.length > maxRows && (
        <li data-part="more">{messages.moreRejections(rejections.length - maxRows, formatters)}</li>
      )}
    </ul>
  )
}

function renderRejection({ id, name, text }: RejectionState) {
  return (
    <li key={id}>
      {name}: {text}
    </li>
  )
}
