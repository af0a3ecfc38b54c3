/** Names of one and the same type. */
const synonyms: readonly (readonly string[])[] = [
  ['image/jpeg', 'image/jpg', 'image/pjpeg'],
  ['image/png', 'image/apng', 'image/x-png'],
  ['image/bmp', 'image/x-ms-bmp', 'image/x-bmp'],
  ['image/x-icon', 'image/vnd.microsoft.icon'],
  ['image/tiff', 'image/tif'],
  ['image/heic', 'image/heif', 'image/heic-sequence', 'image/heif-sequence'],
  ['image/vnd.adobe.photoshop', 'image/x-photoshop', 'application/x-photoshop'],
  ['audio/mpeg', 'audio/mp3', 'audio/x-mpeg', 'audio/mpeg3'],
  ['audio/wav', 'audio/x-wav', 'audio/wave', 'audio/vnd.wave'],
  ['audio/aac', 'audio/x-aac', 'audio/aacp'],
  ['audio/flac', 'audio/x-flac'],
  ['audio/aiff', 'audio/x-aiff'],
  ['audio/midi', 'audio/x-midi', 'audio/mid'],
  ['video/vnd.avi', 'video/x-msvideo', 'video/avi'],
  ['application/zip', 'application/x-zip-compressed', 'application/x-zip'],
  ['application/gzip', 'application/x-gzip', 'application/x-compressed-tar'],
  ['application/x-rar-compressed', 'application/vnd.rar', 'application/x-rar'],
  ['application/pdf', 'application/x-pdf'],
  ['application/rtf', 'text/rtf'],
  ['application/xml', 'text/xml'],
  ['text/javascript', 'application/javascript', 'application/x-javascript'],
  ['font/woff', 'application/font-woff', 'application/x-font-woff'],
  ['font/ttf', 'application/x-font-ttf', 'font/sfnt'],
  ['font/otf', 'application/x-font-otf', 'application/vnd.ms-opentype'],
]

const isoMedia = /^(video|audio)\/(mp4|x-m4[av]|m4a|quicktime|3gpp2?|x-f4v|mp4a-latm)$/
const matroska = /^(video|audio)\/(webm|(x-)?matroska)$/
const ogg = /^(video|audio|application)\/(ogg|opus)$/

/** Types that say how something is wrapped, and the types that may be inside. */
const wrappings: readonly (readonly [found: RegExp, announced: RegExp])[] = [
  [
    /^application\/zip$/,
    /openxmlformats|opendocument|\.macroenabled|\+zip$|java-archive|android\.package|kmz$|3dmanufacturing|iwork|x-sketch/,
  ],
  [/openxmlformats|\.macroenabled/, /openxmlformats|\.macroenabled|^application\/(vnd\.ms-|msword)/],
  [/^application\/x-cfb$/, /^application\/(msword|vnd\.ms-|vnd\.visio|x-msi|x-hwp|haansofthwp|vnd\.hancom)/],
  [/^application\/xml$/, /\+xml$/],
  [/^image\/tiff$/, /^image\/x-/],
  [isoMedia, isoMedia],
  [matroska, matroska],
  [ogg, ogg],
]

export function sameType(one: string, other: string): boolean {
  return one === other || synonyms.some((names) => names.includes(one) && names.includes(other))
}

/** Whether something of the announced type looks, from outside, like the type that was found. */
export function wraps(found: string, announced: string): boolean {
  const outside = found.split(';')[0] ?? ''
  return wrappings.some(([outer, inner]) => outer.test(outside) && inner.test(announced))
}

/** Whether a browser that is led to it would run it: pages, images with scripts, scripts, and documents made of parts. */
export function runsAsPage(type: string): boolean {
  return /^(text\/(html|xml|xsl|javascript|ecmascript|jscript|livescript)|application\/(xml|(x-)?(java|ecma)script|x-shockwave-flash)|multipart\/|message\/)|\+xml\b|^image\/svg/i.test(
    type,
  )
}
