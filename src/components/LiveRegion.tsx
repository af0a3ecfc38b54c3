'use client'

import { useEffect, useState } from 'react'
import type { Uploader } from '../core/uploader.ts'
import { announce } from './announce.ts'

/** The one place that speaks for a list: start, done, failed, refused. Polite, and not more often than people can hear. */
export function LiveRegion({ store }: { readonly store: Uploader['store'] }) {
  const [text, setText] = useState('')
  useEffect(() => announce(store, setText), [store])
  return (
    // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- screen readers know it better than <output>
    <div className="putaway-live" role="status">
      {text}
    </div>
  )
}
