'use client'

import { FileName } from './FileName.tsx'
import { Icon } from './icons.tsx'
import { useLook, useSlots } from './look.ts'
import { Rejections } from './parts/list.tsx'
import type { Refused } from './parts/list.tsx'
import { useScope } from './parts/scope.ts'
import { icon } from './Row.tsx'
import { useAllTexts } from './all-messages.ts'
import type { Messages } from './all-messages.ts'
import { useStore } from 'zustand'

/** Shows the files that were rejected on choosing, with the reason, until they are dismissed. */
export function Notices() {
  const { uploader } = useScope()
  const { messages } = useAllTexts()
  const look = useLook()
  const { rejections: Own } = useSlots()
  const count = useStore(uploader.store, ({ rejections }) => rejections.length)
  if (Own) return <Own />
  return (
    <div className={look('rejections', 'putaway-rejections')}>
      <Rejections className="putaway-rejection-list">{(refused) => line(refused, messages)}</Rejections>
      {count > 2 && (
        <button type="button" className="putaway-button" data-quiet="" onClick={() => uploader.dismiss()}>
          {messages.dismissAll}
        </button>
      )}
    </div>
  )
}

function line({ id, file, text, dismiss }: Refused, messages: Messages) {
  return (
    <li key={id} className="putaway-rejection" data-row="">
      <Icon name="alert" />
      <span className="putaway-rejection-text">
        <FileName name={file.name} /> <span className="putaway-reason">{text}</span>
      </span>
      <button
        type="button"
        data-action="dismiss"
        aria-label={messages.dismissOf(file.name)}
        onClick={dismiss}
        {...icon('close', messages.dismiss)}
      />
    </li>
  )
}
