import { isTextual } from './media-types.ts'

const isoMediaTypes =
  /^(video|audio)\/(mp4|x-m4[abpv]|quicktime|3gpp2?|x-f4v|iso\.segment)$|^application\/mp4$/
const matroskaTypes = /^(video|audio)\/(webm|(x-)?matroska)$/
const oggTypes = /^(video|audio|application)\/ogg$/
const asfTypes = /^((video|audio)\/x-ms-(asf|wm[av])|application\/vnd\.ms-asf)$/
const mpegTypes = /^video\/(mpeg|mp1s|mp2p|mp2t|x-ms-vob)$/
const fontTypes = /^font\/(ttf|otf|sfnt|collection)$/
const pgpTypes = /^application\/pgp-/
const rawPhotoTypes =
  /^image\/(tiff|x-(adobe|canon|nikon|sony|olympus|panasonic|pentax|epson|kodak|minolta|samsung|hasselblad|phaseone|leica|sigma|fuji)\b)/
const wordTypes = /^application\/(vnd\.openxmlformats-officedocument\.wordprocessingml|vnd\.ms-word|msword)/
const excelTypes = /^application\/(vnd\.openxmlformats-officedocument\.spreadsheetml|vnd\.ms-excel)/
const powerpointTypes =
  /^application\/(vnd\.openxmlformats-officedocument\.presentationml|vnd\.ms-powerpoint)/
const zipBasedTypes =
  /openxmlformats|opendocument|\.macroenabled|\+zip$|java-archive|android\.package|kmz$|3mf|3dmanufacturing|iwork|vnd\.apple\.(pages|numbers|keynote)|x-sketch|vnd\.(ms-)?visio|adobe\.xd|x-xpinstall|x-cbz/
const compoundFileTypes =
  /^application\/(msword|vnd\.ms-(excel|powerpoint|outlook|project|works|publisher)|vnd\.visio|x-msi|x-mspublisher|x-hwp|x-mspower)/
const archiveTypes =
  /^application\/(zip|x-cfb|gzip|x-xz|zstd|x-bzip2|x-tar|x-7z-compressed|pdf|xml|vnd\.sqlite3)$/

/** Pairs of a container type that was found in the bytes, and the types that a browser may announce for such a file. */
const containers: readonly (readonly [foundPattern: RegExp, claimedPattern: RegExp])[] = [
  [/^application\/zip$/, zipBasedTypes],
  // A detected ZIP-based format is also a ZIP.
  [zipBasedTypes, /^application\/zip$/],
  [wordTypes, wordTypes],
  [excelTypes, excelTypes],
  [powerpointTypes, powerpointTypes],
  [/opendocument/, /opendocument/],
  [/^application\/x-cfb$/, compoundFileTypes],
  // Word and Excel write and open RTF and XML with their own extensions.
  [/^application\/rtf$/, /^application\/msword$/],
  [/^application\/xml$/, /\+xml$|^(application|text)\/xml$|^application\/(msword|vnd\.ms-excel)$/],
  [/^image\/svg\+xml$/, /^(application|text)\/xml$/],
  [/^text\/html$/, /^application\/xhtml\+xml$/],
  [/^application\/(pdf|postscript)$/, /^application\/(illustrator|postscript)$/],
  [rawPhotoTypes, rawPhotoTypes],
  [/^image\/hei[cf]$/, /^image\/avif$/],
  // Files with the extensions .ttf and .otf may contain TrueType or PostScript outlines.
  [fontTypes, fontTypes],
  [pgpTypes, pgpTypes],
  [/^application\/gzip$/, /^image\/svg\+xml$/],
  [isoMediaTypes, isoMediaTypes],
  [matroskaTypes, matroskaTypes],
  [oggTypes, oggTypes],
  [asfTypes, asfTypes],
  [mpegTypes, mpegTypes],
  [/^audio\/mpeg$/, /^video\/mpeg$/],
]

/** Whether a file of the claimed type may have the container type that was found in its bytes. */
export function mayContain(foundType: string, claimedType: string): boolean {
  return containers.some(
    ([foundPattern, claimedPattern]) => foundPattern.test(foundType) && claimedPattern.test(claimedType),
  )
}

/** Whether all files of the type have a container that can be detected from their bytes. */
export function hasKnownContainer(type: string): boolean {
  return (
    [zipBasedTypes, compoundFileTypes, isoMediaTypes, matroskaTypes, oggTypes, asfTypes].some((pattern) =>
      pattern.test(type),
    ) || type === 'application/illustrator'
  )
}

/**
 * Whether the claimed type may be the format of one application, stored in an archive, PDF or XML file. Such a type
 * needs no entry in the table above, because browsers only download it.
 */
export function mayUseContainer(foundType: string, claimedType: string): boolean {
  return (
    archiveTypes.test(foundType) &&
    claimedType.startsWith('application/') &&
    !isTextual(claimedType) &&
    !archiveTypes.test(claimedType)
  )
}
