'use client'

import { useEffect, useState } from 'react'
import { Icon } from './icons.tsx'

/** The picture of a file, or an icon where it is no picture or one that this browser cannot show, such as HEIC. */
export function Thumbnail({ file, alt = '' }: { readonly file: File; readonly alt?: string }) {
  const picture = file.type.startsWith('image/')
  const url = useObjectUrl(picture ? file : undefined)
  const [broken, setBroken] = useState<string>()
  const shown = url !== undefined && url !== broken
  return (
    <span className="putaway-thumbnail" data-loading={(picture && !url) || undefined}>
      {shown && <img src={url} alt={alt} decoding="async" draggable={false} onError={() => setBroken(url)} />}
      {!shown && <Icon name={picture ? 'image' : 'file'} />}
    </span>
  )
}

/** The URL of a file, made when it is shown and given back when it is not. Undefined on the server and at first. */
function useObjectUrl(file: File | undefined): string | undefined {
  const [url, setUrl] = useState<string>()
  useEffect(() => {
    if (!file) return undefined
    const made = URL.createObjectURL(file)
    // Not while rendering: what is never shown would never be given back.
    // oxlint-disable-next-line react/set-state-in-effect
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [file])
  return file && url
}
