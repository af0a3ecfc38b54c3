import { isTextual } from './media-types.ts'

const isoMedia = /^(video|audio)\/(mp4|x-m4[abpv]|quicktime|3gpp2?|x-f4v|iso\.segment)$|^application\/mp4$/
const matroska = /^(video|audio)\/(webm|(x-)?matroska)$/
const ogg = /^(video|audio|application)\/ogg$/
const asf = /^((video|audio)\/x-ms-(asf|wm[av])|application\/vnd\.ms-asf)$/
const mpeg = /^video\/(mpeg|mp1s|mp2p|mp2t|x-ms-vob)$/
const font = /^font\/(ttf|otf|sfnt|collection)$/
const pgp = /^application\/pgp-/
const rawPhoto =
  /^image\/(tiff|x-(adobe|canon|nikon|sony|olympus|panasonic|pentax|epson|kodak|minolta|samsung|hasselblad|phaseone|leica|sigma|fuji)\b)/
const word = /^application\/(vnd\.openxmlformats-officedocument\.wordprocessingml|vnd\.ms-word|msword)/
const excel = /^application\/(vnd\.openxmlformats-officedocument\.spreadsheetml|vnd\.ms-excel)/
const powerpoint = /^application\/(vnd\.openxmlformats-officedocument\.presentationml|vnd\.ms-powerpoint)/
const zipped =
  /openxmlformats|opendocument|\.macroenabled|\+zip$|java-archive|android\.package|kmz$|3mf|3dmanufacturing|iwork|vnd\.apple\.(pages|numbers|keynote)|x-sketch|adobe\.xd|x-xpinstall|x-cbz/
const compound =
  /^application\/(msword|vnd\.ms-(excel|powerpoint|outlook|project|works|publisher)|vnd\.visio|x-msi|x-mspublisher|x-hwp|x-mspower)/
const archive = /^application\/(zip|x-cfb|gzip|x-xz|zstd|x-bzip2|x-tar|x-7z-compressed|pdf|xml|vnd\.sqlite3)$/

/** Types that say how something is wrapped, and the types that may be inside. */
const wrappings: readonly (readonly [found: RegExp, claimed: RegExp])[] = [
  [/^application\/zip$/, zipped],
  // A ZIP that is known better is one still.
  [zipped, /^application\/zip$/],
  [word, word],
  [excel, excel],
  [powerpoint, powerpoint],
  [/opendocument/, /opendocument/],
  [/^application\/x-cfb$/, compound],
  // Word and Excel have written and opened these under their own extensions for thirty years.
  [/^application\/rtf$/, /^application\/msword$/],
  [/^application\/xml$/, /\+xml$|^(application|text)\/xml$|^application\/(msword|vnd\.ms-excel)$/],
  [/^image\/svg\+xml$/, /^(application|text)\/xml$/],
  [/^text\/html$/, /^application\/xhtml\+xml$/],
  [/^application\/(pdf|postscript)$/, /^application\/(illustrator|postscript)$/],
  [rawPhoto, rawPhoto],
  [/^image\/hei[cf]$/, /^image\/avif$/],
  // Either kind of outlines comes under either extension.
  [font, font],
  [pgp, pgp],
  [/^application\/gzip$/, /^image\/svg\+xml$/],
  [isoMedia, isoMedia],
  [matroska, matroska],
  [ogg, ogg],
  [asf, asf],
  [mpeg, mpeg],
  [/^audio\/mpeg$/, /^video\/mpeg$/],
]

/** Whether something of the claimed type looks, from outside, like the type that was found. */
export function wraps(found: string, claimed: string): boolean {
  return wrappings.some(([outer, inner]) => outer.test(found) && inner.test(claimed))
}

/** Whether something of the type is always wrapped in one of the ways that are told by bytes. */
export function isWrapped(type: string): boolean {
  return (
    [zipped, compound, isoMedia, matroska, ogg, asf].some((each) => each.test(type)) ||
    type === 'application/illustrator'
  )
}

/** Whether the type is one of a program's own files, which may be wrapped in any usual way and are only downloaded. */
export function mayBeWrapped(found: string, claimed: string): boolean {
  return (
    archive.test(found) && claimed.startsWith('application/') && !isTextual(claimed) && !archive.test(claimed)
  )
}
