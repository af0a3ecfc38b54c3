'use client'

import { useEffect, useRef, useState } from 'react'
import type { RefObject } from 'react'
import { sizeOf } from '../core/size.ts'
import { Icon } from './icons.tsx'

/** Images up to this size in bytes are shown as they are: scaling costs more than it saves. */
const small = 300_000

/**
 * Shows the image of a file, or an icon if it is no image or a type that the browser cannot show, for example HEIC.
 */
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

/** Returns the URL of a preview and revokes it after use. Undefined on the server and in the first render. */
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
      // Creating a URL is a call to another process: rows render first.
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
