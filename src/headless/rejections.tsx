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

/** The files that the rules rejected, until they are dismissed. Renders nothing while there are none. */
export function Rejections({
  children = renderRejection,
  ...rest
}: RejectionsOptions & Omit<ComponentPropsWithoutRef<'ul'>, 'children'>) {
  const { uploader } = useRootContext()
  const texts = useCompleteTexts()
  const rejections = useStore(uploader.store, (state) => state.rejections)
  if (rejections.length === 0) return null
  return (
    <ul aria-label={texts.messages.rejections} data-part="rejections" {...rest}>
      {rejections.map((rejection) =>
        children({
          ...rejection,
          name: cleanedPathOf(rejection.file) ?? rejection.file.name,
          text: errorText(rejection.error, texts),
          dismiss: () => uploader.dismiss(rejection),
        }),
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
