'use client'

import { FileName } from './Row/FileName.tsx'
import { iconButtonProps } from './action-icons.tsx'
import { Icon } from './icons.tsx'
import { useClassNames, useSlots } from './styling.ts'
import { Rejections } from '../headless/rejections.tsx'
import type { RejectionState } from '../headless/rejections.tsx'
import { useRootContext } from '../headless/context.ts'
import { useCompleteTexts } from '../i18n/complete-texts.ts'
import type { CompleteTexts } from '../i18n/complete-texts.ts'
import { useStore } from 'zustand'

/** Shows the files that were rejected on choosing, with the reason, until they are dismissed. */
export function RejectionList() {
  const { uploader } = useRootContext()
  const { messages } = useCompleteTexts()
  const classNameOf = useClassNames()
  const { rejections: CustomComponent } = useSlots()
  const count = useStore(uploader.store, ({ rejections }) => rejections.length)
  if (count === 0) return null
  if (CustomComponent) return <CustomComponent />
  return (
    <div className={classNameOf('rejections', 'putaway-rejections')}>
      <Rejections className="putaway-rejection-list">
        {(rejection) => renderRejectionRow(rejection, messages)}
      </Rejections>
      {count > 2 && (
        <button type="button" className="putaway-button" data-quiet="" onClick={() => uploader.dismiss()}>
          {messages.dismissAll}
        </button>
      )}
    </div>
  )
}

function renderRejectionRow(
  { id, name, text, dismiss }: RejectionState,
  messages: CompleteTexts['messages'],
) {
  return (
    <li key={id} className="putaway-rejection" data-row="">
      <Icon name="alert" />
      <span className="putaway-rejection-text">
        <FileName name={name} /> <span className="putaway-reason">{text}</span>
      </span>
      <button
        type="button"
        data-action="dismiss"
        aria-label={messages.dismissOf(name)}
        onClick={dismiss}
        {...iconButtonProps('close', messages.dismiss)}
      />
    </li>
  )
}
