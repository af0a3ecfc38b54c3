import { fileTypeFromBuffer, supportedMimeTypes } from 'file-type'
import { describe, expect, test } from 'vitest'
import { accepts } from '../../src/protocol/accept/accept.ts'
import { typeToSend } from '../../src/protocol/sent-type.ts'
import { chooseSignedType, decideStoredType } from '../../src/server/inspection/type-decision.ts'
import { canonicalName, isActiveContent } from '../../src/server/inspection/media-types.ts'
import { contentDisposition, nameForType } from '../../src/server/naming/file-names.ts'
import { sniff } from '../../src/server/inspection/sniff.ts'
import { heads } from './heads.ts'

const known = new Set(Array.from(supportedMimeTypes, canonicalName))

type Outcome = 'choosing' | 'presign' | 'confirm' | (string & {})

/** Name, announced types, bytes, `accept`, and the stored type or the step that rejects the file. */
type Row = readonly [
  name: string,
  announced: readonly string[],
  head: keyof typeof heads,
  accept: string,
  expected: Outcome,
  storedName?: string,
]

/** The outcome for a file: rejected in the browser, at presign or at confirm, or stored with a type. */
async function outcomeOf(
  name: string,
  type: string,
  head: keyof typeof heads,
  accept: string,
  byBrowser: boolean,
) {
  if (byBrowser && !accepts(accept, { name, type })) return { outcome: 'choosing', name }
  const admitted = chooseSignedType(accept, { name, type: byBrowser ? typeToSend({ name, type }) : type })
  if ('refusal' in admitted) return { outcome: 'presign', name }
  const signed = nameForType(name, admitted.type)
  const bytes = heads[head]
  const sniffed = await sniff({ fileTypeFromBuffer, supportedMimeTypes }, bytes)
  const knows = (mime: string) => known.has(mime)
  const found = decideStoredType({
    head: bytes,
    sniffed,
    canDetect: knows,
    name: signed,
    type: admitted.type,
    accept,
  })
  return 'refusal' in found
    ? { outcome: 'confirm', name }
    : { outcome: found.type, name: nameForType(signed, found.type) }
}

const docx = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
const xlsx = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
const pptx = 'application/vnd.openxmlformats-officedocument.presentationml.presentation'
const keynote = 'application/vnd.apple.keynote'
const windowsZip = 'application/x-zip-compressed'

const acceptedFiles: Row[] = [
  // Images
  ['IMG_1234.HEIC', ['', 'image/heic', 'image/heif'], 'heic', 'image/*', 'image/heic'],
  ['IMG_1234.HEIC', ['', 'image/heic', 'image/heif'], 'heif', 'image/*', 'image/heic'],
  ['a.heif', ['', 'image/heif'], 'heif', 'image/heic', 'image/heic'],
  ['a.heif', ['', 'image/heif'], 'heic', '.heic', 'image/heic'],
  ['photo.jpeg', ['image/jpeg', 'image/jpg', 'image/pjpeg', ''], 'jpeg', 'image/jpg', 'image/jpeg'],
  ['photo.jpeg', ['image/jpeg', 'image/jpg', 'image/pjpeg', ''], 'jpeg', '.jpg', 'image/jpeg'],
  ['photo.jfif', ['image/jpeg', 'image/pjpeg', ''], 'jpeg', 'image/jpeg', 'image/jpeg'],
  ['photo.JPG ', ['', 'image/jpeg'], 'jpeg', 'image/*', 'image/jpeg'],
  ['photo', ['image/jpeg'], 'jpeg', '.jpg,.png', 'image/jpeg'],
  ['a.png', ['image/png', 'image/x-png', ''], 'png', 'image/png', 'image/png'],
  ['a.gif', ['image/gif', ''], 'gif', '.gif', 'image/gif'],
  ['a.webp', ['image/webp', ''], 'webp', 'image/*', 'image/webp'],
  ['a.avif', ['image/avif', ''], 'avif', 'image/*', 'image/avif'],
  ['a.bmp', ['image/bmp', 'image/x-ms-bmp', ''], 'bmp', 'image/bmp', 'image/bmp'],
  ['a.tif', ['image/tiff', ''], 'tiff', '.tiff', 'image/tiff'],
  ['a.ico', ['image/x-icon', 'image/vnd.microsoft.icon', ''], 'ico', 'image/x-icon', 'image/x-icon'],
  [
    'a.psd',
    ['', 'image/vnd.adobe.photoshop', 'application/x-photoshop'],
    'psd',
    '.psd',
    'image/vnd.adobe.photoshop',
  ],
  ['a.psd', ['', 'image/vnd.adobe.photoshop'], 'psd', 'image/*', 'image/vnd.adobe.photoshop'],
  ['a.dng', ['', 'image/x-adobe-dng'], 'tiff', '.dng', 'image/x-adobe-dng'],
  ['a.nef', ['', 'image/x-nikon-nef'], 'tiff', '.nef', 'image/x-nikon-nef'],
  ['a.nef', ['', 'image/x-nikon-nef'], 'tiff', 'image/*', 'image/x-nikon-nef'],
  ['a.cr2', ['', 'image/x-canon-cr2'], 'cr2', '.cr2', 'image/x-canon-cr2'],
  ['a.jxl', ['', 'image/jxl'], 'jxl', 'image/*', 'image/jxl'],
  ['photo.jpg', ['image/jpeg', ''], 'webp', 'image/*', 'image/webp', 'photo.webp'],
  ['photo.jpg', ['image/jpeg', ''], 'png', 'image/jpeg,image/png', 'image/png', 'photo.png'],
  ['photo.jpg', ['image/jpeg', ''], 'png', '.jpg,.png', 'image/png', 'photo.png'],
  ['photo.png', ['image/png', ''], 'heic', 'image/*', 'image/heic', 'photo.heic'],

  ['a.cr3', ['', 'image/x-canon-cr3'], 'cr3', 'image/*', 'image/x-canon-cr3'],
  ['a.heics', ['', 'image/heic-sequence'], 'heic', 'image/*', 'image/heic'],
  ['a.psb', [''], 'psd', '.psb', 'image/vnd.adobe.photoshop'],
  ['a.tga', ['', 'image/x-tga'], 'tga', '.tga', 'image/x-tga'],
  ['a.svgz', ['', 'image/svg+xml'], 'gzip', '.svgz', 'image/svg+xml'],

  ...(['heim', 'heis', 'hevm', 'mif2'] as const).flatMap((head): Row[] => [
    ['a.heic', ['', 'image/heic', 'image/heif'], head, 'image/*', 'image/heic'],
    ['a.heic', ['', 'image/heic'], head, '.heic', 'image/heic'],
  ]),
  ['a.orf', ['', 'image/x-olympus-orf'], 'oldOrf', 'image/*', 'image/x-olympus-orf'],

  ['plan.vsdx', ['', 'application/vnd.visio'], 'zip', '.vsdx', 'application/vnd.visio'],

  // Audio and video
  ...(['skipMov', 'pnotMov'] as const).map((head): Row => {
    return ['a.mov', ['', 'video/quicktime'], head, 'video/*', 'video/quicktime']
  }),
  ['a.mp4', ['', 'video/mp4'], 'segment', 'video/mp4', 'video/mp4'],
  ['a.m4s', ['', 'video/iso.segment'], 'segment', '.m4s', 'video/iso.segment'],
  ['a.m4b', ['', 'audio/x-m4b'], 'mp4', '.m4b', 'audio/mp4'],
  ['a.flac', ['', 'audio/flac', 'audio/x-flac'], 'coveredFlac', '.flac', 'audio/flac'],
  ['a.wav', ['', 'audio/x-wav'], 'wav64', 'audio/*', 'audio/wav'],
  ['a.vob', ['', 'video/mpeg'], 'vob', '.vob', 'video/x-ms-vob'],
  ['a.mp3', ['audio/mpeg', 'audio/mp3', ''], 'mp3', 'audio/mp3', 'audio/mpeg'],
  ['a.mp3', ['audio/mpeg', 'audio/mp3', ''], 'id3', 'audio/*', 'audio/mpeg'],
  ['a.mp3', ['audio/mpeg', 'audio/mp3', ''], 'noise', '.mp3', 'audio/mpeg'],
  ['a.wav', ['audio/wav', 'audio/x-wav', 'audio/vnd.wave', ''], 'wav', 'audio/wave', 'audio/wav'],
  ['a.m4a', ['audio/x-m4a', 'audio/mp4', 'video/mp4', ''], 'm4a', 'audio/*', 'audio/mp4'],
  ['a.m4a', ['audio/x-m4a', 'audio/mp4', 'video/mp4', ''], 'm4a', '.m4a', 'audio/mp4'],
  ['a.flac', ['audio/flac', 'audio/x-flac', ''], 'flac', 'audio/flac', 'audio/flac'],
  ['a.ogg', ['audio/ogg', 'application/ogg', 'video/ogg', ''], 'ogg', 'audio/*', 'audio/ogg'],
  ['a.ogg', ['audio/ogg', 'application/ogg', ''], 'ogg', 'audio/ogg', 'audio/ogg'],
  ['a.opus', ['audio/ogg', 'audio/opus', ''], 'opus', 'audio/*', 'audio/ogg'],
  ['a.aif', ['', 'audio/aiff', 'audio/x-aiff'], 'aiff', 'audio/*', 'audio/aiff'],
  ['a.amr', ['', 'audio/AMR', 'audio/amr'], 'amr', 'audio/amr', 'audio/amr'],
  ['a.caf', ['', 'audio/x-caf'], 'caf', 'audio/*', 'audio/x-caf'],
  ['a.mid', ['audio/midi', 'audio/mid', ''], 'midi', '.midi', 'audio/midi'],
  ['a.wma', ['audio/x-ms-wma', ''], 'asf', 'audio/*', 'audio/x-ms-wma'],
  ['a.wmv', ['video/x-ms-wmv', ''], 'asf', 'video/*', 'video/x-ms-wmv'],
  ['rec', ['audio/webm;codecs=opus'], 'webm', 'audio/*', 'audio/webm'],
  ['a.mp4', ['video/mp4', ''], 'mp4', 'video/mp4', 'video/mp4'],
  ['a.mov', ['video/quicktime', ''], 'mov', 'video/*', 'video/quicktime'],
  ['a.mov', ['video/quicktime', ''], 'mp4', '.mov', 'video/quicktime'],
  ['a.mkv', ['', 'video/matroska', 'video/x-matroska'], 'mkv', 'video/x-matroska', 'video/x-matroska'],
  ['a.webm', ['video/webm', ''], 'webm', 'video/*', 'video/webm'],
  ['a.avi', ['', 'video/x-msvideo', 'video/vnd.avi'], 'avi', 'video/*', 'video/x-msvideo'],
  ['a.3gp', ['video/3gpp', 'audio/3gpp', ''], 'threegp', 'video/*', 'video/3gpp'],
  ['a.mts', ['model/vnd.mts', 'video/mp2t', ''], 'mpegTs', '.mts', 'video/mp2t'],
  ['a.ts', ['video/mp2t', 'text/vnd.trolltech.linguist', ''], 'mpegTs', 'video/*', 'video/mp2t'],

  // Documents
  ['a.pdf', ['application/pdf', 'application/x-pdf', ''], 'pdf', 'application/pdf', 'application/pdf'],
  ['a.pdf', ['application/pdf', ''], 'latePdf', '.pdf', 'application/pdf'],
  [
    'a.ai',
    ['application/illustrator', 'application/postscript', 'application/pdf', ''],
    'pdf',
    '.ai',
    'application/illustrator',
  ],
  ['a.doc', ['application/msword', ''], 'cfb', '.doc', 'application/msword'],
  ['a.doc', ['application/msword', ''], 'rtf', '.doc', 'application/msword'],
  ['a.rtf', ['application/rtf', 'text/rtf', 'application/msword', ''], 'rtf', '.rtf', 'application/rtf'],
  ...(['rtf', 'plain', 'mailParts', 'officePage', 'table', 'word2'] as const).map((head): Row => {
    return ['a.doc', ['application/msword', ''], head, '.doc,.docx', 'application/msword']
  }),
  ...(['csv', 'wideMarkedCsv', 'mailParts', 'officePage', 'table', 'biff4', 'gpx'] as const).map(
    (head): Row => {
      return ['a.xls', ['application/vnd.ms-excel', ''], head, '.xls,.csv', 'application/vnd.ms-excel']
    },
  ),
  ['a.docx', [docx, ''], 'docx', '.docx', docx],
  ['a.docx', [docx, ''], 'zip', docx, docx],
  ['a.xlsx', [xlsx, ''], 'xlsx', '.xlsx', xlsx],
  ['a.pptx', [pptx, ''], 'pptx', '.pptx', pptx],
  [
    'a.docm',
    ['', 'application/vnd.ms-word.document.macroEnabled.12'],
    'zip',
    '.docm',
    'application/vnd.ms-word.document.macroenabled.12',
  ],
  [
    'a.odt',
    ['application/vnd.oasis.opendocument.text', ''],
    'odt',
    '.odt',
    'application/vnd.oasis.opendocument.text',
  ],
  [
    'a.hwp',
    ['', 'application/x-hwp', 'application/haansofthwp', 'application/vnd.hancom.hwp'],
    'cfb',
    '.hwp',
    'application/x-hwp',
  ],
  [
    'a.hwp',
    ['', 'application/x-hwp', 'application/haansofthwp'],
    'cfb',
    'application/vnd.hancom.hwp',
    'application/x-hwp',
  ],
  [
    'a.hwpx',
    ['', 'application/vnd.hancom.hwpx', 'application/hwp+zip'],
    'hwpx',
    '.hwpx',
    'application/hwp+zip',
  ],
  ['a.key', ['', 'application/pgp-keys', keynote], 'keynote', '.key', keynote],
  [
    'a.pages',
    ['', 'application/vnd.apple.pages', 'application/zip'],
    'keynote',
    '.pages',
    'application/vnd.apple.pages',
  ],
  [
    'a.numbers',
    ['', 'application/vnd.apple.numbers'],
    'keynote',
    '.numbers',
    'application/vnd.apple.numbers',
  ],
  ['a.msg', ['', 'application/vnd.ms-outlook'], 'cfb', '.msg', 'application/vnd.ms-outlook'],
  ['a.eml', ['', 'message/rfc822'], 'mail', '.eml', 'message/rfc822'],
  ['a.epub', ['application/epub+zip', ''], 'epub', '.epub', 'application/epub+zip'],
  ['a.sketch', ['', 'application/zip'], 'sketch', '.sketch', 'application/x-sketch'],
  ['a.fig', ['', 'application/octet-stream'], 'zip', '.fig', 'application/x-figma'],
  ['a.ics', ['text/calendar', ''], 'calendar', 'text/calendar', 'text/calendar'],
  ['a.vcf', ['text/vcard', 'text/x-vcard', ''], 'vcard', '.vcf', 'text/vcard'],

  ['a.hwp', ['', 'application/x-hwp'], 'oldHwp', '.hwp', 'application/x-hwp'],
  ['a.xlsx', [xlsx, ''], 'encrypted', '.xlsx', xlsx],
  ['a.docx', [docx, ''], 'encrypted', docx, docx],
  ['a.mpp', ['', 'application/vnd.ms-project'], 'cfb', '*', 'application/vnd.ms-project'],

  // Text
  ...(['wideCsv', 'wideChinese', 'dosText'] as const).map((head): Row => {
    return ['a.csv', ['text/csv', 'application/vnd.ms-excel', ''], head, 'text/csv', 'text/csv']
  }),
  ['a.log', ['', 'text/plain'], 'xmlLog', '.log', 'text/plain'],
  ['a.txt', ['', 'text/plain'], 'pdfWord', 'text/plain', 'text/plain'],
  ['main.rs', ['', 'text/rust', 'text/plain'], 'rust', '.rs', 'text/rust'],
  ['main.rs', ['', 'text/rust'], 'rust', '*', 'text/rust'],
  ['a.vcf', ['text/x-vcard', 'text/directory'], 'vcard', 'text/vcard', 'text/vcard'],
  ['a.txt', ['text/plain', ''], 'plain', '.txt', 'text/plain'],
  ['a.txt', ['text/plain;charset=UTF-8'], 'plain', 'text/plain', 'text/plain;charset=utf-8'],
  ['a.log', ['', 'text/plain', 'text/x-log'], 'plain', '.log', 'text/plain'],
  [
    'a.csv',
    ['text/csv', 'application/vnd.ms-excel', 'text/comma-separated-values', 'text/plain', ''],
    'csv',
    'text/csv',
    'text/csv',
  ],
  [
    'a.csv',
    ['text/csv', 'application/vnd.ms-excel', 'text/x-csv', 'application/csv'],
    'csv',
    '.csv',
    'text/csv',
  ],
  ['a.tsv', ['', 'text/tab-separated-values'], 'csv', '.tsv', 'text/tab-separated-values'],
  ['a.md', ['text/markdown', '', 'text/plain'], 'plain', '.md', 'text/markdown'],
  ['a.md', ['text/plain'], 'plain', 'text/plain', 'text/plain'],
  ['a.json', ['application/json', ''], 'json', 'application/json', 'application/json'],
  ['a.geojson', ['', 'application/geo+json', 'application/json'], 'json', '.geojson', 'application/geo+json'],
  ['a.ndjson', ['', 'application/x-ndjson'], 'json', '.ndjson', 'application/x-ndjson'],
  ['a.jsonl', [''], 'json', '.jsonl', 'application/x-ndjson'],
  ['a.har', ['', 'application/json'], 'json', '.har', 'application/har+json'],
  [
    'a.yaml',
    ['', 'application/yaml', 'text/yaml', 'application/x-yaml'],
    'plain',
    '.yml',
    'application/yaml',
  ],
  ['a.toml', ['', 'application/toml'], 'plain', '.toml', 'application/toml'],
  ['a.srt', ['', 'application/x-subrip', 'text/plain'], 'srt', '.srt', 'application/x-subrip'],
  ['a.ts', ['video/mp2t', 'text/vnd.trolltech.linguist', ''], 'typescript', '.ts', 'text/x-typescript'],
  ['a.tsx', ['', 'text/plain'], 'typescript', '.tsx', 'text/x-typescript'],
  [
    'a.gpx',
    ['', 'application/gpx+xml', 'application/xml', 'text/xml', 'application/octet-stream'],
    'gpx',
    '.gpx',
    'application/gpx+xml',
  ],
  ['a.gpx', ['', 'application/gpx+xml'], 'bareGpx', '.gpx', 'application/gpx+xml'],
  [
    'a.kml',
    ['', 'application/vnd.google-earth.kml+xml'],
    'kml',
    '.kml',
    'application/vnd.google-earth.kml+xml',
  ],
  ['a.key', ['', 'application/pgp-keys'], 'pgp', '.key', 'application/pgp-keys'],
  ['a.pem', ['', 'application/x-x509-ca-cert'], 'pem', '.pem', 'application/x-pem-file'],

  // Archives, models, data
  [
    'a.zip',
    ['application/zip', windowsZip, 'application/x-zip', ''],
    'zip',
    'application/zip',
    'application/zip',
  ],
  ['a.zip', ['application/zip', windowsZip, ''], 'docx', '.zip', 'application/zip'],
  ['a.gz', ['application/gzip', 'application/x-gzip', ''], 'gzip', 'application/gzip', 'application/gzip'],
  [
    'a.tar.gz',
    ['application/gzip', 'application/x-compressed-tar', ''],
    'gzip',
    '.tar.gz',
    'application/gzip',
  ],
  [
    'a.rar',
    ['', 'application/vnd.rar', 'application/x-rar-compressed'],
    'rar',
    '.rar',
    'application/vnd.rar',
  ],
  ['a.7z', ['', 'application/x-7z-compressed'], 'sevenZip', '.7z', 'application/x-7z-compressed'],
  ['a.xz', ['', 'application/x-xz'], 'xz', '.xz', 'application/x-xz'],
  ['a.bz2', ['', 'application/x-bzip2'], 'bzip2', '.bz2', 'application/x-bzip2'],
  ['a.kmz', ['', 'application/vnd.google-earth.kmz'], 'kmz', '.kmz', 'application/vnd.google-earth.kmz'],
  ['a.3mf', ['', 'model/3mf'], 'threeMf', '.3mf', 'model/3mf'],
  ['a.stl', ['', 'model/stl', 'application/vnd.ms-pki.stl'], 'binaryStl', '.stl', 'model/stl'],
  ['a.stl', ['', 'model/stl'], 'asciiStl', '.stl', 'model/stl'],
  ['a.glb', ['', 'model/gltf-binary'], 'glb', '.glb', 'model/gltf-binary'],
  ['a.sqlite', ['', 'application/vnd.sqlite3'], 'sqlite', '.sqlite', 'application/vnd.sqlite3'],
  ['a.parquet', [''], 'parquet', '.parquet', 'application/vnd.apache.parquet'],
  ['a.p12', ['', 'application/x-pkcs12'], 'der', '.p12', 'application/x-pkcs12'],
  ['a.ttf', ['', 'font/ttf'], 'ttf', '.ttf', 'font/ttf'],
  ['a.woff2', ['', 'font/woff2'], 'woff2', 'font/woff2', 'font/woff2'],
  ['a.ttf', ['font/ttf', 'application/x-font-ttf'], 'ttf', 'font/ttf', 'font/ttf'],
  ['a.otf', ['', 'font/otf'], 'ttf', '.otf', 'font/otf'],
  ['a.ttf', ['', 'font/ttf'], 'otf', 'font/ttf', 'font/ttf'],
  ['a.ttf', ['', 'font/ttf'], 'appleFont', 'font/*', 'font/ttf'],
  ['a.woff2', ['', 'font/woff2'], 'appleWoff2', 'font/*', 'font/woff2'],
  ['a.rpm', [''], 'rpm', '.rpm', 'application/x-redhat-package-manager'],
  [
    'a.exe',
    ['', 'application/x-msdownload', 'application/x-msdos-program'],
    'program',
    '*',
    'application/x-msdownload',
  ],

  // Extensions without a known type
  ['a.foo', ['', 'application/x-foo'], 'noise', '.foo', 'application/octet-stream'],
  ['a.foo', [''], 'zip', '.foo', 'application/octet-stream'],
  ['a.foo', [''], 'html', '.foo', 'application/octet-stream'],
  ['a.foo', [''], 'plain', '.foo', 'text/plain'],
  ['a.foo', [''], 'png', '.foo', 'image/png'],
  ['a.foo', [''], 'noise', '*', 'application/octet-stream'],
  // A program that no table knows may write its files in a common container.
  ...(['wav', 'cfb', 'mp4', 'gpx'] as const).map((head): Row => {
    return ['a.xyzq', [''], head, '.xyzq', 'application/octet-stream']
  }),
  ['a.xyzq', [''], 'tiff', '.xyzq', 'image/tiff'],

  // Named by the route
  ['a.svg', ['image/svg+xml', ''], 'svg', '.svg', 'image/svg+xml'],
  ['a.html', ['text/html', ''], 'html', 'text/html', 'text/html'],
  ['a.js', ['text/javascript', 'application/x-javascript', ''], 'script', '.js', 'text/javascript'],
]

const refused: Row[] = [
  // By name or type alone
  ['a.pdf', ['application/pdf', ''], 'pdf', 'image/*', 'choosing'],
  ['a.exe', ['application/x-msdownload', ''], 'program', 'image/*,.pdf', 'choosing'],
  ['a.docx', [docx, ''], 'docx', '.csv', 'choosing'],
  ['a.xls', ['application/vnd.ms-excel'], 'cfb', 'text/csv', 'choosing'],
  ['a.svg', ['image/svg+xml', ''], 'svg', 'image/*', 'presign'],
  ['a.html', ['text/html', '', 'text/plain'], 'html', '*', 'presign'],
  [
    'a.js',
    ['text/javascript', 'text/x-javascript', 'application/x-ecmascript', ''],
    'script',
    '*',
    'presign',
  ],
  ['a.xml', ['application/xml', 'text/xml', ''], 'gpx', '*', 'presign'],
  ['a', ['text/x-ecmascript', 'text/javascript1.5', 'text/livescript'], 'script', '*', 'presign'],

  // By bytes
  ['a.txt', ['text/plain', ''], 'mov', '.txt', 'confirm'],
  ['a.txt', ['text/plain', ''], 'html', '.txt', 'confirm'],
  ['a.csv', ['text/csv', ''], 'docx', '.csv', 'confirm'],
  ['a.csv', ['text/csv', ''], 'noise', '.csv', 'confirm'],
  ['a.csv', ['text/csv', ''], 'widePage', '.csv', 'confirm'],
  ['a.mov', ['video/quicktime', ''], 'skipNoise', '.mov', 'confirm'],
  ...(['html', 'scriptedTable', 'svg', 'pdf', 'program', 'noise'] as const).map((head): Row => {
    return ['a.xls', ['application/vnd.ms-excel', ''], head, '.xls,.csv', 'confirm']
  }),
  [
    'a.jpg',
    ['application/x-sh', 'application/x-shellscript', 'image/jpeg', ''],
    'shell',
    '.jpg,.png',
    'confirm',
  ],
  ['a.jpg', ['application/x-foo', 'image/jpeg', ''], 'noise', '.jpg,.png', 'confirm'],
  ['a.png', ['image/png', ''], 'zip', 'image/*', 'confirm'],
  ['a.png', ['image/png', ''], 'svg', 'image/*', 'confirm'],
  ['a.jpg', ['image/jpeg', ''], 'webp', 'image/jpeg,image/png', 'confirm'],
  ['a.jpg', ['image/jpeg', ''], 'webp', '.jpg,.png', 'confirm'],
  ['a.pdf', ['application/pdf', ''], 'plain', '.pdf', 'confirm'],
  ['a.pdf', ['application/pdf', ''], 'html', '.pdf', 'confirm'],
  ['a.docx', [docx, ''], 'xlsx', '.docx', 'confirm'],
  ['a.docx', [docx, ''], 'plain', '.docx', 'confirm'],
  ['a.doc', ['application/msword', ''], 'html', '.doc', 'confirm'],
  ['a.rar', ['application/vnd.rar', ''], 'zip', '.rar', 'confirm'],
  ['a.gpx', ['', 'application/gpx+xml'], 'html', '.gpx', 'confirm'],
  ['a.gpx', ['', 'application/gpx+xml'], 'svg', '.gpx', 'confirm'],
  ['a.ts', ['', 'video/mp2t'], 'typescript', 'video/*', 'confirm'],
  ['a.mp3', ['audio/mpeg', ''], 'noise', 'audio/*', 'confirm'],
  ['a.mp3', ['audio/mpeg', ''], 'script', '.mp3', 'confirm'],
  ['a.aac', ['audio/aac', ''], 'script', 'audio/aac', 'confirm'],
  ['a.weba', ['audio/webm', ''], 'noise', '.weba', 'confirm'],
  ['a.wma', ['audio/x-ms-wma', ''], 'script', '.wma', 'confirm'],
  ['a.wmv', ['video/x-ms-wmv', ''], 'noise', 'video/x-ms-wmv', 'confirm'],
  ['a.mpg', ['video/mpeg', ''], 'script', '.mpg', 'confirm'],
  ['a.mts', ['video/mp2t', 'model/vnd.mts'], 'script', 'video/mp2t', 'confirm'],
  ['a.tar', ['application/x-tar', ''], 'script', '.tar', 'confirm'],
  ['a.txt', ['text/plain', ''], 'textPdf', '.txt', 'confirm'],
  ['a.txt', ['text/plain', ''], 'rtf', 'text/plain', 'confirm'],
  ['a.obj', ['model/obj', ''], 'zip', '.obj', 'confirm'],
  ['a.step', ['model/step', ''], 'noise', '.step', 'confirm'],
  ['a.exe', ['application/x-msdownload', ''], 'noise', '.exe', 'confirm'],
  ['a.tga', ['', 'image/x-tga'], 'html', '.tga', 'confirm'],
  ['a.tga', ['', 'image/x-tga'], 'script', '.tga', 'confirm'],
  ['a.svg', ['', 'image/svg+xml'], 'script', '.svg', 'confirm'],
  ['a.svg', ['image/svg+xml'], 'script', 'image/svg+xml', 'confirm'],
  ['a.gpx', ['', 'application/gpx+xml'], 'script', '.gpx', 'confirm'],
  ['a.xml', ['text/xml', ''], 'script', '.xml', 'confirm'],
  ['a.pages', ['', 'application/vnd.apple.pages'], 'encrypted', '.pages', 'confirm'],
  ['a.ttf', ['font/ttf', ''], 'noise', 'font/*', 'confirm'],
  ['a.woff2', ['font/woff2', ''], 'noise', '.woff2', 'confirm'],
]

const cases = [...acceptedFiles, ...refused].flatMap(
  ([name, announced, head, accept, expected, storedName]) =>
    announced.map((type) => ({ name, type, head, accept, expected, storedName: storedName ?? name })),
)

test.each(cases)(
  '$name announced as "$type" with the bytes of $head, accept "$accept": $expected',
  async ({ name, type, head, accept, expected, storedName }) => {
    expect(await outcomeOf(name, type, head, accept, true)).toEqual({ outcome: expected, name: storedName })
    // Other clients skip the browser check, so presign rejects first.
    const direct = await outcomeOf(name, type, head, accept, false)
    expect(direct.outcome).toBe(expected === 'choosing' ? 'presign' : expected)
  },
)

describe('any announced type', () => {
  const hostile = [
    'text/plain;x,text/html',
    'text/plain, text/html',
    'text/plain;charset=utf-7;a="b,text/html',
    'text/plain;charset=utf-7',
    'text/plain;charset="utf-8,text/html"',
    'text/plain;a="\\",text/html',
    'text/plain;charset=utf-8;charset=utf-7',
    'text/plain;charset=iso-2022-jp',
    'text/plain;charset=utf-16le',
    'text/plain/html',
    'text/plain\n',
    'text/plain\0,text/html',
    'text//html',
    '/html',
    'text/',
    '*/*',
    'image/*',
    'text/plain;',
    ';text/html',
    ' text/plain ',
    'text/plain;;;,text/html;',
    `text/plain;a=${'x'.repeat(5000)},text/html`,
    `${'x'.repeat(500)}/html`,
    'TEXT/PLAIN; CHARSET=UTF-8',
  ]
  test.each(hostile)('%j is signed as one plain type and never served as a page', (type) => {
    for (const accept of ['text/plain', '*', '.txt', 'text/*']) {
      const admitted = chooseSignedType(accept, { name: 'a.txt', type })
      if ('refusal' in admitted) continue
      expect(admitted.type).toMatch(/^text\/plain(;charset=utf-8)?$/)
    }
    const admitted = chooseSignedType('*', { name: 'a.html', type })
    expect('refusal' in admitted || !isActiveContent(admitted.type)).toBe(true)
    expect(contentDisposition('a.html', type)).not.toMatch(/^inline.*html/)
  })

  test('a page stored as text gets no page file name', () => {
    const admitted = chooseSignedType('text/plain', { name: 'evil.html', type: 'text/plain' })
    expect(admitted).toEqual({ type: 'text/plain' })
    expect(nameForType('evil.html', 'text/plain')).toBe('evil.txt')
    expect(nameForType('evil.svg', 'image/png')).toBe('evil.png')
    expect(nameForType('evil.js', 'text/plain;charset=utf-8')).toBe('evil.txt')
    expect(nameForType('evil.html', 'application/octet-stream')).toBe('evil.bin')
  })
})
