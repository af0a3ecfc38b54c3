'use client'

import { useStore } from 'zustand'
import type { Uploader } from '../core/uploader.ts'
import { FileName } from './FileName.tsx'
import { Icon } from './icons.tsx'
import { IconButton } from './ItemActions.tsx'
import { messages } from './messages.ts'

/** The files that were refused on choosing, each with the reason, until they are dismissed. */
export function Rejections({ store, dismiss }: Pick<Uploader, 'store' | 'dismiss'>) {
  const rejections = useStore(store, (state) => state.rejections)
  if (rejections.length === 0) return null
  return (
    <div className="putaway-rejections">
      <ul className="putaway-rejection-list" aria-label={messages.rejections}>
        {rejections.map(({ id, file, error }) => (
          <li key={id} className="putaway-rejection" data-row="">
            <Icon name="alert" />
            <span className="putaway-rejection-text">
              <FileName name={file.name} /> <span className="putaway-reason">{error.text}</span>
            </span>
            <IconButton action="dismiss" label={messages.dismissOf(file.name)} onClick={() => dismiss(id)} />
          </li>
        ))}
      </ul>
      {rejections.length > 2 && (
        <button type="button" className="putaway-button" data-quiet="" onClick={() => dismiss()}>
          {messages.dismissAll}
        </button>
      )}
    </div>
  )
}
