'use client'

import { useEffect, useRef, useState } from 'react'
import type { ReactNode, RefObject } from 'react'
import { FileIcon, imageIcon } from './FileIcon.tsx'
import { warnAboutBrokenImage } from './broken-image.ts'
import { useTexts } from '../../i18n/texts.tsx'
import { whenLoaded } from '../../internal/lazy-module.ts'
import { loadRowCode } from '../lazy/load-row-code.ts'

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
  /** MIME type of a stored image. */
  readonly storedType?: string | undefined
}

/** Types of images that only some browsers show. */
const partlySupported = /^image\/(hei|tif|jx|jp[2mx]|x-|vnd\.)/

/**
 * Shows an image, or an icon if the image does not load. A stored image should load, so if it does not, a text also says
 * so, unless only some browsers show its type.
 */
export function Picture({ url, alt, icon, storedType }: PictureProps) {
  const { unavailable } = useTexts().messages
  const [brokenUrl, setBrokenUrl] = useState<string>()
  const shouldLoad = storedType !== undefined && !partlySupported.test(storedType)
  if (url !== undefined && url !== brokenUrl)
    return (
      <img
        src={url}
        alt={alt}
        decoding="async"
        loading={storedType === undefined ? undefined : 'lazy'}
        draggable={false}
        onError={() => {
          setBrokenUrl(url)
          if (process.env.NODE_ENV !== 'production' && shouldLoad) warnAboutBrokenImage(url, alt)
        }}
      />
    )
  return (
    <>
      {icon}
      {shouldLoad && url && <span data-part="unavailable">{`${unavailable}: ${alt}`}</span>}
    </>
  )
}

/** Returns the URL of a preview and revokes it after use. Undefined on the server and in the first render. */
function useThumbnail(frame: RefObject<Element | null>, file: File | undefined): string | undefined {
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    const element = frame.current
    if (!file || !element) return undefined
    const stop = whenLoaded(loadRowCode, ({ showThumbnail }) => showThumbnail(element, file, setUrl))
    return () => {
      stop()
      setUrl(undefined)
    }
  }, [frame, file])
  return file && url
}
