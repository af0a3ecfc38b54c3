'use client'

import { useEffect, useRef, useState } from 'react'
import type { RefObject } from 'react'
import { sizeOf } from '../core/size.ts'
import { Icon } from './icons.tsx'

/** Up to so many bytes a picture is shown as it is: to make it smaller would cost more than it saves. */
const small = 300_000

/** The picture of a file, or an icon where it is no picture or one that this browser cannot show, such as HEIC. */
export function Thumbnail({ file, alt = '' }: { readonly file: File; readonly alt?: string }) {
  const picture = file.type.startsWith('image/')
  const frame = useRef<HTMLSpanElement>(null)
  const url = useThumbnail(frame, picture ? file : undefined)
  const [broken, setBroken] = useState<string>()
  const shown = url !== undefined && url !== broken
  return (
    <span ref={frame} data-part="thumbnail" data-loading={(picture && !url) || undefined}>
      {shown && <img src={url} alt={alt} decoding="async" draggable={false} onError={() => setBroken(url)} />}
      {!shown && <Icon name={picture ? 'image' : 'file'} />}
    </span>
  )
}

/** The URL of a picture of the file, given back when it is no longer shown. Undefined on the server and at first. */
function useThumbnail(frame: RefObject<Element | null>, file: File | undefined): string | undefined {
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    const element = frame.current
    if (!file || !element) return undefined
    let left = false
    let giveBack = () => {}
    const showWhole = () => {
      const made = URL.createObjectURL(file)
      giveBack = () => URL.revokeObjectURL(made)
      setUrl(made)
    }
    if (sizeOf(file) <= small || typeof IntersectionObserver === 'undefined') {
      // Another process is asked for each URL: rows are shown before that.
      const timer = setTimeout(showWhole)
      giveBack = () => clearTimeout(timer)
    } else {
      import('../image/thumbnails.ts').then(
        ({ showThumbnail }) => {
          if (!left) giveBack = showThumbnail(element, file, setUrl)
        },
        () => left || showWhole(),
      )
    }
    return () => {
      left = true
      giveBack()
      setUrl(undefined)
    }
  }, [frame, file])
  return file && url
}
