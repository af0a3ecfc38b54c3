'use client'

import { useEffect } from 'react'
import { useCompleteTexts } from '../../i18n/complete-texts.ts'
import { warnDeveloper } from '../../internal/development-log.ts'
import { SvgIcon } from './FileIcon.tsx'

interface BrokenImageProps {
  readonly url: string
  /** Name of the image. */
  readonly alt: string
}

/** Takes the place of a stored image that did not load. */
export function BrokenImage({ url, alt }: BrokenImageProps) {
  const { unavailable } = useCompleteTexts().messages
  useEffect(() => warnDeveloper(describeBrokenImage(url, alt)), [url, alt])
  return (
    // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- an <img> that has failed is what this replaces
    <span data-part="unavailable" role="img" aria-label={`${alt}: ${unavailable}`} title={unavailable}>
      <SvgIcon name="unavailable" path={path} />
      <span>{unavailable}</span>
    </span>
  )
}

/** The image icon, crossed out. */
const path = 'M7 3.5h7.5q2 0 2 2V13M15 16.5H5.5q-2 0-2-2V5M3.5 14 8 9.5l7 7M3 3l14 14'

function describeBrokenImage(url: string, name: string): string {
  // The query of a signed URL is a secret.
  const [address = '', query = ''] = url.slice(0, 2000).split('?')
  const advice = /sig|token/i.test(query)
    ? 'Its URL is signed, and a signature expires. Save the key of an upload, and make a new URL for each page: see node_modules/putaway/docs/showing-files.md.'
    : "Open the URL in a tab: does the object exist, is it public, and does the page's Content-Security-Policy list its origin in img-src?"
  return `The stored image "${name}" did not load from ${address.slice(0, 200)}. ${advice}`
}
