'use client'

import { useEffect, useRef, useState } from 'react'
import type { RefObject } from 'react'
import { sizeOf } from '../../core/file-size.ts'
import { FileIcon, imageIcon } from './FileIcon.tsx'
import { loadRowCode } from '../load-row-code.ts'

/** Images up to this size in bytes are shown as they are: scaling costs more than it saves. */
const maxUnscaledBytes = 300_000

/**
 * Shows the image of a file, or an icon if the file is not an image or the browser cannot show its type (HEIC).
 */
export function Thumbnail({ file, alt = '' }: { readonly file: File; readonly alt?: string }) {
  const isImage = file.type.startsWith('image/')
  const frame = useRef<HTMLSpanElement>(null)
  const url = useThumbnail(frame, isImage ? file : undefined)
  const [brokenUrl, setBrokenUrl] = useState<string>()
  const isShown = url !== undefined && url !== brokenUrl
  return (
    <span ref={frame} data-part="thumbnail" data-loading={(isImage && !url) || undefined}>
      {isShown && (
        <img src={url} alt={alt} decoding="async" draggable={false} onError={() => setBrokenUrl(url)} />
      )}
      {!isShown && (isImage ? imageIcon : <FileIcon name={file.name} type={file.type} />)}
    </span>
  )
}

/** Returns the URL of a preview and revokes it after use. Undefined on the server and in the first render. */
function useThumbnail(frame: RefObject<Element | null>, file: File | undefined): string | undefined {
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    const element = frame.current
    if (!file || !element) return undefined
    let isUnmounted = false
    let release = () => {}
    const showUnscaled = () => {
      try {
        const objectUrl = URL.createObjectURL(file)
        release = () => URL.revokeObjectURL(objectUrl)
        setUrl(objectUrl)
      } catch {
        // jsdom has no object URLs, and Node has none for a File of jsdom: the icon stays.
      }
    }
    if (sizeOf(file) <= maxUnscaledBytes || typeof IntersectionObserver === 'undefined') {
      // Creating a URL is a call to another process: rows render first.
      const timer = setTimeout(showUnscaled)
      release = () => clearTimeout(timer)
    } else {
      loadRowCode().then(
        ({ showThumbnail }) => {
          if (!isUnmounted) release = showThumbnail(element, file, setUrl)
        },
        () => isUnmounted || showUnscaled(),
      )
    }
    return () => {
      isUnmounted = true
      release()
      setUrl(undefined)
    }
  }, [frame, file])
  return file && url
}
