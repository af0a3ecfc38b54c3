'use client'

import { useEffect, useRef, useState } from 'react'
import type { ReactNode, RefObject } from 'react'
import { sizeOf } from '../../core/files/file-size.ts'
import { FileIcon, imageIcon } from './FileIcon.tsx'
import { useTexts } from '../../i18n/texts.tsx'
import { warnDeveloper } from '../../internal/development-log.ts'
import { loadRowCode } from '../lazy/load-row-code.ts'

/**
 * Maximum size in bytes of images that are shown without scaling, because scaling a small image costs more than it
 * saves.
 */
const maxUnscaledBytes = 300_000

/**
 * Shows the image of a file, or an icon if the file is not an image or the browser cannot show its type (HEIC).
 */
export function Thumbnail({ file, alt = '' }: { readonly file: File; readonly alt?: string }) {
  const isImage = file.type.startsWith('image/')
  const frame = useRef<HTMLSpanElement>(null)
  const url = useThumbnail(frame, isImage ? file : undefined)
  return (
    <span ref={frame} data-part="thumbnail" data-loading={(isImage && !url) || undefined}>
      <Picture
        {...{ url, alt }}
        icon={isImage ? imageIcon : <FileIcon name={file.name} type={file.type} />}
      />
    </span>
  )
}

interface PictureProps {
  readonly url: string | undefined
  readonly alt: string
  /** Shown if the image does not load. */
  readonly icon: ReactNode
  readonly isStored?: boolean
}

/**
 * Shows an image, or an icon if the image does not load. A stored image should load, so if it does not, a text also
 * says so.
 */
export function Picture({ url, alt, icon, isStored }: PictureProps) {
  const { unavailable } = useTexts().messages
  const [brokenUrl, setBrokenUrl] = useState<string>()
  if (url !== undefined && url !== brokenUrl)
    return (
      <img
        src={url}
        alt={alt}
        decoding="async"
        loading={isStored ? 'lazy' : undefined}
        draggable={false}
        onError={() => {
          setBrokenUrl(url)
          if (process.env.NODE_ENV !== 'production' && isStored) warnDeveloper(describeBrokenImage(url, alt))
        }}
      />
    )
  return (
    <>
      {icon}
      {isStored && url && <span data-part="unavailable">{`${alt}: ${unavailable}`}</span>}
    </>
  )
}

function describeBrokenImage(url: string, name: string): string {
  // The query of a signed URL is a secret.
  const [address = '', query = ''] = url.split('?')
  const advice = /sig|token/i.test(query)
    ? 'Its URL is signed, and a signature expires. Save the key of an upload, and make a new URL for each page: see node_modules/putaway/docs/showing-files.md.'
    : "Open the URL in a tab: does the object exist, is it public, and does the page's Content-Security-Policy list its origin in img-src?"
  return `The stored image "${name}" did not load from ${address.slice(0, 200)}. ${advice}`
}

/** Returns the URL of a preview and revokes it after use. Undefined on the server and in the first render. */
function useThumbnail(frame: RefObject<Element | null>, file: File | undefined): string | undefined {
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    const element = frame.current
    if (!file || !element) return undefined
    let isUnmounted = false
    let releaseThumbnail = () => {}
    const showUnscaled = () => {
      try {
        const objectUrl = URL.createObjectURL(file)
        releaseThumbnail = () => URL.revokeObjectURL(objectUrl)
        setUrl(objectUrl)
      } catch {
        // jsdom has no object URLs, and Node has none for a File of jsdom: the icon stays.
      }
    }
    if (sizeOf(file) <= maxUnscaledBytes || typeof IntersectionObserver === 'undefined') {
      // Waits until the rows have rendered, because creating a URL is a call to another process.
      const timer = setTimeout(showUnscaled)
      releaseThumbnail = () => clearTimeout(timer)
    } else {
      loadRowCode().then(
        ({ showThumbnail }) => {
          if (!isUnmounted) releaseThumbnail = showThumbnail(element, file, setUrl)
        },
        () => isUnmounted || showUnscaled(),
      )
    }
    return () => {
      isUnmounted = true
      releaseThumbnail()
      setUrl(undefined)
    }
  }, [frame, file])
  return file && url
}
