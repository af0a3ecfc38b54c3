import { useEffect, useRef, useState } from 'react'
import type { CropRequest } from '../../image/crop/crop-requests.ts'

interface ShownPicture {
  readonly url: string | undefined
  /** Call it if the browser cannot show the URL. */
  readonly onError: () => void
}

/**
 * Returns a URL that shows the picture of a request, and revokes the URL of a file after use. If the browser cannot
 * show the file, the decoder of the app decodes it. Calls `onFail` if there is no decoder or the decoder fails.
 */
export function usePictureUrl({ source, decode }: CropRequest, onFail: () => void): ShownPicture {
  const [url, setUrl] = useState<string>()
  const [picture, setPicture] = useState<Blob | string>(source)
  const decodeController = useRef<AbortController>(undefined)
  useEffect(() => {
    if (typeof picture === 'string') return undefined
    const newUrl = URL.createObjectURL(picture)
    const timer = setTimeout(() => setUrl(newUrl))
    return () => {
      clearTimeout(timer)
      URL.revokeObjectURL(newUrl)
    }
  }, [picture])
  useEffect(() => () => decodeController.current?.abort(), [])
  const onError = () => {
    if (!decode || picture !== source) return onFail()
    const { signal } = (decodeController.current = new AbortController())
    decode(signal).then(
      (decodedPicture) => signal.aborted || setPicture(decodedPicture),
      () => signal.aborted || onFail(),
    )
  }
  return { url: typeof picture === 'string' ? picture : url, onError }
}
