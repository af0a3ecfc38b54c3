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
const wordTypes = /^application\/(vnd\.openxmlformats-officedocument\.wordprocessingml|vnd\.ms-word|msword)/
const excelTypes = /^application\/(vnd\.openxmlformats-officedocument\.spreadsheetml|vnd\.ms-excel)/
const powerpointTypes =
  /^application\/(vnd\.openxmlformats-officedocument\.presentationml|vnd\.ms-powerpoint)/
const zipBased =
  /openxmlformats|opendocument|\.macroenabled|\+zip$|java-archive|android\.package|kmz$|3mf|3dmanufacturing|iwork|vnd\.apple\.(pages|numbers|keynote)|x-sketch|adobe\.xd|x-xpinstall|x-cbz/
const compoundFile =
  /^application\/(msword|vnd\.ms-(excel|powerpoint|outlook|project|works|publisher)|vnd\.visio|x-msi|x-mspublisher|x-hwp|x-mspower)/
const archive = /^application\/(zip|x-cfb|gzip|x-xz|zstd|x-bzip2|x-tar|x-7z-compressed|pdf|xml|vnd\.sqlite3)$/

/** Container types that the bytes show, and the types that such a file may claim. */
const containers: readonly (readonly [foundPattern: RegExp, claimedPattern: RegExp])[] = [
  [/^application\/zip$/, zipBased],
  // A detected ZIP-based format is also a ZIP.
  [zipBased, /^application\/zip$/],
  [wordTypes, wordTypes],
  [excelTypes, excelTypes],
  [powerpointTypes, powerpointTypes],
  [/opendocument/, /opendocument/],
  [/^application\/x-cfb$/, compoundFile],
  // Word and Excel write and open RTF and XML with their own extensions.
  [/^application\/rtf$/, /^application\/msword$/],
  [/^application\/xml$/, /\+xml$|^(application|text)\/xml$|^application\/(msword|vnd\.ms-excel)$/],
  [/^image\/svg\+xml$/, /^(application|text)\/xml$/],
  [/^text\/html$/, /^application\/xhtml\+xml$/],
  [/^application\/(pdf|postscript)$/, /^application\/(illustrator|postscript)$/],
  [rawPhoto, rawPhoto],
  [/^image\/hei[cf]$/, /^image\/avif$/],
  // TrueType and PostScript outlines occur with either extension.
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

/** Whether a file of the claimed type can look like the found container type. */
export function mayContain(foundType: string, claimedType: string): boolean {
  return containers.some(
    ([foundPattern, claimedPattern]) => foundPattern.test(foundType) && claimedPattern.test(claimedType),
  )
}

/** Whether files of the type always have a container that the bytes show. */
export function hasKnownContainer(type: string): boolean {
  return (
    [zipBased, compoundFile, isoMedia, matroska, ogg, asf].some((pattern) => pattern.test(type)) ||
    type === 'application/illustrator'
  )
}

/**
 * Whether the claimed type is the format of a single application. Such a format may use any usual container, and
 * browsers only download it.
 */
export function mayUseContainer(foundType: string, claimedType: string): boolean {
  return (
    archive.test(foundType) &&
    claimedType.startsWith('application/') &&
    !isTextual(claimedType) &&
    !archive.test(claimedType)
  )
}
