import { Buffer } from 'node:buffer'

/** First bytes of files, as real programs write them. */
const text = (written: string) => new Uint8Array(new TextEncoder().encode(written))
const hex = (written: string) => new Uint8Array(Buffer.from(written.replaceAll(' ', ''), 'hex'))
const join = (...parts: (string | Uint8Array)[]) =>
  new Uint8Array(
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part))),
  )
const padded = (head: Uint8Array, length = 4096) =>
  join(head, new Uint8Array(Math.max(0, length - head.length)))

/** A ZIP of stored entries: name and content. */
function zip(...entries: (readonly [name: string, content: string])[]): Uint8Array {
  const local = entries.map(([name, content]) => {
    const header = Buffer.alloc(30)
    header.writeUInt32LE(0x04034b50, 0)
    header.writeUInt16LE(20, 4)
    header.writeUInt32LE(content.length, 18)
    header.writeUInt32LE(content.length, 22)
    header.writeUInt16LE(name.length, 26)
    return join(header, name, content)
  })
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  return join(...local, end)
}

function contentTypes(part: string): string {
  return `<?xml version="1.0"?><Types><Override PartName="/a.xml" ContentType="${part}.main+xml"/></Types>`
}

const office = (part: string, folder: string) =>
  zip(
    ['[Content_Types].xml', contentTypes(`application/vnd.openxmlformats-officedocument.${part}`)],
    [`${folder}/document.xml`, '<a/>'],
  )

const wide = (written: string, swap = false) => {
  const units = Buffer.from(written, 'utf16le')
  return new Uint8Array(swap ? units.swap16() : units)
}
const box = (type: string, length: number) =>
  join(hex(length.toString(16).padStart(8, '0')), type, new Uint8Array(length - 8))

const iso = (brand: string) =>
  padded(join(hex('00000018'), `ftyp${brand}`, hex('00000000'), brand, 'mif1'), 512)
const tiff = padded(hex('49492a0008000000'), 512)

export const heads = {
  jpeg: padded(hex('ffd8ffe000104a46494600010100000100010000'), 512),
  png: join(
    hex('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489'),
    hex('0000000a49444154789c6300010000050001'),
    new Uint8Array(64),
  ),
  gif: padded(text('GIF89a'), 64),
  webp: join('RIFF', hex('24000000'), 'WEBPVP8 ', new Uint8Array(64)),
  avif: iso('avif'),
  heic: iso('heic'),
  heif: iso('mif1'),
  bmp: padded(join('BM', hex('3600000000000000360000002800')), 128),
  tiff,
  cr2: padded(hex('49492a0010000000435202000000'), 512),
  psd: padded(join('8BPS', hex('0001000000000000')), 128),
  ico: padded(hex('000001000100101000000100200068040000'), 128),
  jxl: padded(hex('0000000c4a584c200d0a870a'), 64),
  mp4: iso('isom'),
  mov: iso('qt  '),
  m4a: iso('M4A '),
  threegp: iso('3gp4'),
  webm: padded(join(hex('1a45dfa3 9f4286810142f7810142f2810442f381084282847765626d')), 128),
  mkv: padded(join(hex('1a45dfa3 a34286810142f7810142f2810442f3810842828 8'), 'matroska'), 128),
  avi: join('RIFF', hex('24000000'), 'AVI LIST', new Uint8Array(64)),
  asf: padded(
    join(
      hex('3026b2758e66cf11a6d900aa0062ce6c 9600000000000000 01000000 0102'),
      hex('9107dcb7b7a9cf118ee600c00c205365 7200000000000000 409e69f84d5bcf11a8fd00805f5c442b'),
    ),
    256,
  ),
  mp3: padded(hex('fffb90640000000000000000'), 512),
  id3: padded(join('ID3', hex('03000000000000'), hex('fffb906400000000')), 512),
  wav: join('RIFF', hex('24000000'), 'WAVEfmt ', new Uint8Array(64)),
  flac: padded(join('fLaC', hex('00000022')), 128),
  ogg: padded(join('OggS', hex('0002000000000000000000000000000000000000011e'), hex('01'), 'vorbis'), 128),
  opus: padded(join('OggS', hex('00020000000000000000000000000000000000000113'), 'OpusHead'), 128),
  aiff: join('FORM', hex('00000024'), 'AIFFCOMM', new Uint8Array(64)),
  amr: padded(text('#!AMR\n'), 64),
  caf: padded(join('caff', hex('00010000')), 128),
  midi: padded(join('MThd', hex('00000006000100010060')), 64),
  mpegTs: (() => {
    const packets = new Uint8Array(188 * 4)
    for (let at = 0; at < packets.length; at += 188) packets[at] = 0x47
    return packets
  })(),
  pdf: join('%PDF-1.7\n%', hex('e2e3cfd3'), '\n1 0 obj\n'),
  latePdf: join('@PJL SET JOBNAME\r\n%PDF-1.4\n%', hex('e2e3cfd3'), '\n1 0 obj\n'),
  rtf: text('{\\rtf1\\ansi Hello}'),
  cfb: padded(hex('d0cf11e0a1b11ae1'), 2048),
  zip: zip(['a.txt', 'hello']),
  docx: office('wordprocessingml.document', 'word'),
  xlsx: office('spreadsheetml.sheet', 'xl'),
  pptx: office('presentationml.presentation', 'ppt'),
  odt: zip(['mimetype', 'application/vnd.oasis.opendocument.text']),
  epub: zip(['mimetype', 'application/epub+zip']),
  hwpx: zip(['mimetype', 'application/hwp+zip'], ['version.xml', '<a/>']),
  kmz: zip(['doc.kml', '<?xml version="1.0"?><kml/>']),
  keynote: zip(['Index/Document.iwa', 'x'], ['preview.jpg', 'x']),
  sketch: zip(['document.json', '{}'], ['pages/a.json', '{}']),
  threeMf: zip(['[Content_Types].xml', '<Types/>'], ['3D/3dmodel.model', '<model/>']),
  gzip: padded(hex('1f8b080000000000000b'), 64),
  rar: padded(hex('526172211a0701000000'), 64),
  sevenZip: padded(hex('377abcaf271c0004'), 64),
  xz: padded(hex('fd377a585a000004'), 64),
  bzip2: padded(text('BZh91AY&SY'), 64),
  plain: text('Hello, this is text.\nAnd another line.\n'),
  csv: text('name;count\nanna;1\n'),
  json: text('{"type":"FeatureCollection","features":[]}'),
  typescript: text('export const answer: number = 42\n'),
  shell: text('#!/bin/sh\nrm -rf /\n'),
  script: text('alert(document.domain)\n'),
  pgp: text('-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQENB\n'),
  pem: text('-----BEGIN CERTIFICATE-----\nMIIB\n'),
  gpx: text('<?xml version="1.0" encoding="UTF-8"?>\n<gpx version="1.1"><trk/></gpx>'),
  bareGpx: text('<gpx version="1.1"><trk/></gpx>'),
  kml: text('<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"/>'),
  svg: text('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
  html: text('<!doctype html><script>alert(1)</script>'),
  srt: text('1\n00:00:01,000 --> 00:00:02,000\nHello\n'),
  vcard: text('BEGIN:VCARD\nVERSION:3.0\nEND:VCARD\n'),
  calendar: text('BEGIN:VCALENDAR\nVERSION:2.0\nEND:VCALENDAR\n'),
  mail: text('From: a@b.test\nSubject: Hello\n\nHello\n'),
  sqlite: padded(text('SQLite format 3\0'), 128),
  parquet: padded(join('PAR1', hex('15041500')), 64),
  glb: padded(join('glTF', hex('0200000040000000')), 64),
  binaryStl: padded(join('exported by a program', hex('00000000')), 256),
  asciiStl: text('solid part\nfacet normal 0 0 1\n'),
  ttf: padded(hex('0001000000100080000300'), 128),
  woff2: padded(join('wOF2', hex('00010000')), 64),
  der: padded(hex('30820a020201033082'), 128),
  program: padded(join('MZ', hex('90000300000004000000ffff0000')), 256),
  wav64: padded(join('RF64', hex('ffffffff'), 'WAVEds64'), 128),
  oldHwp: padded(text('HWP Document File V3.00 \x1a\x01\x02'), 128),
  encrypted: padded(
    join(hex('d0cf11e0a1b11ae1'), new Uint8Array(504), Array.from('EncryptedPackage').join('\0')),
  ),
  cr3: iso('crx '),
  otf: padded(hex('4f54544f000b00800003'), 128),
  tga: padded(hex('000002000000000000000000080008001800'), 128),
  vob: padded(hex('000001ba440004000401'), 128),
  rpm: padded(hex('edabeedb0300'), 128),
  textPdf: text('%PDF-1.4\n1 0 obj\n<<>>\nendobj\n'),
  rust: text('fn main() {}\n'),
  wideCsv: wide('이름;수량\r\nanna;1\r\n'),
  wideChinese: wide('姓名,数量\n王小明,1\n', true),
  widePage: wide('<html>\n<script>alert(1)</script>'),
  wideMarkedCsv: join(hex('fffe'), wide('name\tcount\r\nanna\t1\r\n')),
  dosText: text('a;b\r\n1;2\r\n\x1a'),
  table: text('<table border="1"><tr><th>name</th></tr></table>'),
  officePage: text(
    '<html xmlns:x="urn:schemas-microsoft-com:office:excel"><body><table></table></body></html>',
  ),
  scriptedTable: text('<html><table></table><script>alert(1)</script></html>'),
  mailParts: text('MIME-Version: 1.0\nContent-Type: multipart/related; boundary="a"\n\n--a\n'),
  biff4: padded(hex('0904060000001000'), 128),
  word2: padded(hex('dba52d000000'), 128),
  xmlLog: text('<?xml version="1.0"?>\n<events><event/></events>\n'),
  pdfWord: text('%PDF is how those files begin.\n'),
  heim: iso('heim'),
  heis: iso('heis'),
  hevm: iso('hevm'),
  mif2: iso('mif2'),
  skipMov: join(box('skip', 64), box('mdat', 64)),
  pnotMov: join(box('pnot', 20), box('PICT', 64)),
  segment: join(box('styp', 24), box('sidx', 44)),
  skipNoise: join(box('skip', 64), new Uint8Array(64)),
  coveredFlac: padded(join('ID3', hex('030000 00060d40')), 8192),
  appleFont: padded(hex('74727565000c0080'), 128),
  appleWoff2: padded(text('wOF2true'), 128),
  oldOrf: padded(text('MMOR'), 128),
  noise: padded(hex('0001020300fffe07'), 128),
}
