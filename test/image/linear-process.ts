import { editMetadata } from '../../src/image/metadata/edit-metadata.ts'
import { blankXmp } from '../../src/image/metadata/xmp.ts'
import { readPictureFacts } from '../../src/image/picture-facts.ts'
import { measure } from '../harness/growth.ts'
import { be, join, le, repeat } from '../server/corpus.ts'

const modes = ['strip-location', 'strip'] as const
const rdf = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'

/** Pieces of XMP that can make a reader search the rest of the text again and again. */
const pieces = [
  '<!--',
  '<?',
  '<![CDATA[',
  '<a ',
  '<a b="',
  "<a b='",
  '<a b=""',
  " b=\"<a x='\" y=' z=\"' w='\" '",
  '<a-',
  '-',
  ' ',
  '<a>',
  '<a xmlns:b="c">',
  '<a xmlns:b="c" xmlns:d="e"/>',
  '<rdf:li>',
  '<rdf:li Semantic="MotionPhoto">',
]
for (const [prefix, suffix] of [
  ['', ''],
  [`<rdf:RDF ${rdf}>`, '</rdf:RDF>'],
  ['<a b="', '"/>'],
  ['<a ', '/>'],
  ['<!--', ''],
])
  for (const piece of pieces)
    await measure(`blankXmp of ${prefix} and ${piece} again and again`, (scale) => {
      const packet = Buffer.from(prefix + piece.repeat((scale * 32_768) / piece.length) + suffix)
      return () => blankXmp(packet.slice())
    })

const segment = (marker: number, content: Uint8Array) =>
  join([0xff, marker], be(2, content.length + 2), content)
const jpegStart = [0xff, 0xd8]
const jpegEnd = [0xff, 0xd9]
const box = (type: string, content: Uint8Array) => join(be(4, content.length + 8), type, content)
const entry = (tag: number, type: number, count: number, value: number) =>
  join(le(2, tag, type), le(4, count, value))
/** Start, one directory of entries, and space behind it. */
const tiff = (entries: readonly Uint8Array[], space = 0) =>
  join('II*\0', le(4, 8), le(2, entries.length), ...entries, le(4, 0), new Uint8Array(space))
const chunk = (type: string, data: Uint8Array) => join(be(4, data.length), type, data, be(4, 0))
const png = (...chunks: Uint8Array[]) =>
  join('\x89PNG\r\n\x1a\n', chunk('IHDR', new Uint8Array(13)), ...chunks, chunk('IEND', new Uint8Array()))
const riffChunk = (type: string, data: Uint8Array) => join(type, le(4, data.length), data)
const webp = (content: Uint8Array) => join('RIFF', le(4, content.length + 4), 'WEBP', content)
const list = (length: number, make: (index: number) => Uint8Array) =>
  Array.from({ length }, (_, at) => make(at))

/** A JPEG whose index of further pictures names two, which are the same or nested. `left`: how often they nest. */
function nestedPictures(left: number): Uint8Array {
  if (left === 0) return join(jpegStart, segment(0xe0, new Uint8Array(4)), jpegEnd)
  const inner = nestedPictures(left - 1)
  // The picture starts behind the index, which begins after start, marker, length and name.
  const index = (offset: number) =>
    join(
      'MPF\0',
      'II*\0',
      le(4, 8),
      le(2, 1),
      entry(0xb002, 7, 48, 26),
      le(4, 0),
      ...[0, offset, offset].map((at) => join(le(4, 0, inner.length, at), le(4, 0))),
    )
  const offset = index(0).length - 4
  return join(jpegStart, segment(0xe2, index(offset)), inner, jpegEnd)
}

/** EXIF whose directories all name one thumbnail, in which is such an EXIF. */
function nestedThumbnails(left: number): Uint8Array {
  if (left === 0) return join(jpegStart, jpegEnd)
  const inner = nestedThumbnails(left - 1)
  const directories = 4
  const directoryBytes = 2 + 24 + 4
  const thumbnailAt = 8 + directories * directoryBytes
  return join(
    jpegStart,
    segment(
      0xe1,
      join(
        'Exif\0\0II*\0',
        le(4, 8),
        ...list(directories, (index) =>
          join(
            le(2, 2),
            entry(0x0201, 4, 1, thumbnailAt),
            entry(0x0202, 4, 1, inner.length),
            le(4, index + 1 < directories ? 8 + (index + 1) * directoryBytes : 0),
          ),
        ),
        inner,
      ),
    ),
    jpegEnd,
  )
}

const itemInfo = (count: number) =>
  box(
    'iinf',
    join(
      be(4, 0),
      be(2, count),
      ...list(count, (index) =>
        box('infe', join([2, 0, 0, 0], be(2, index, 0), 'mime\0application/rdf+xml\0')),
      ),
    ),
  )
const heif = (...boxes: Uint8Array[]) =>
  join(box('ftyp', join('heic', be(4, 0), 'heic')), box('meta', join(be(4, 0), ...boxes)))

/** Hostile pictures. Their size is in proportion to `count`. */
const pictures: Readonly<Record<string, (count: number) => Uint8Array>> = {
  'JPEG of empty segments': (count) => join(jpegStart, repeat([0xff, 0xe0, 0, 2], count), jpegEnd),
  'JPEG of fill bytes': (count) => join(jpegStart, repeat([0xff], count)),
  'JPEG with starts of pictures behind its end': (count) =>
    join(jpegStart, [0xff, 0xe0, 0, 2], jpegEnd, repeat([0xff, 0xd8, 0xff, 0xe0, 0, 2], count)),
  'JPEG with starts of pictures and fill bytes behind its end': (count) =>
    join(
      jpegStart,
      [0xff, 0xe0, 0, 2],
      jpegEnd,
      repeat([0xff, 0xd8, 0xff, 0xe0, 0, 2], count),
      repeat([0xff], count * 6),
    ),
  'JPEG with starts of videos behind its end': (count) =>
    join(jpegStart, [0xff, 0xe0, 0, 2], jpegEnd, repeat(join(be(4, 8), 'ftyp', be(4, 1)), count)),
  'JPEG with Photoshop resources': (count) =>
    join(
      jpegStart,
      repeat(
        segment(0xed, join('Photoshop 3.0\0', repeat(join('8BIM', be(2, 0x0404, 0), be(4, 0)), 200))),
        count / 200,
      ),
      jpegEnd,
    ),
  'JPEG with XMP': (count) =>
    join(
      jpegStart,
      repeat(segment(0xe1, join('http://ns.adobe.com/xap/1.0/\0', repeat(join('<!--'), 2000))), count / 2000),
      jpegEnd,
    ),
  'JPEG with nested pictures': (count) => nestedPictures(Math.ceil(count / 2500)),
  'JPEG with nested thumbnails': (count) => nestedThumbnails(Math.ceil(count / 2500)),
  'PNG of empty chunks': (count) => png(repeat(chunk('tEXt', new Uint8Array()), count)),
  'PNG with EXIF of removed entries': (count) =>
    png(chunk('eXIf', tiff(list(count, () => entry(0x02bc, 1, 4, 0))))),
  'PNG with EXIF of large values': (count) =>
    png(
      chunk(
        'eXIf',
        tiff(
          list(count, () => entry(0x02bc, 1, count * 12, 8)),
          count * 12,
        ),
      ),
    ),
  'PNG with EXIF of directories': (count) =>
    png(chunk('eXIf', tiff(list(count, (index) => entry(0x8769, 4, 1, 8 + index * 12))))),
  'WebP of empty chunks': (count) =>
    webp(join(riffChunk('VP8X', new Uint8Array(10)), repeat(riffChunk('JUNK', new Uint8Array()), count))),
  'HEIF with a nested video': (count) => {
    const depth = count
    return join(heif(), ...list(depth, (index) => join(be(4, (depth - index) * 8), 'moov')))
  },
  'HEIF with pieces without bytes': (count) =>
    heif(
      itemInfo(1),
      box('iloc', join([1, 0, 0, 0, 0, 0], be(2, count), repeat([0, 0, 0, 0, 0, 0, 255, 255], count))),
    ),
  'HEIF with items that overlap': (count) => {
    const items = Math.ceil(count / 10)
    return heif(
      itemInfo(items),
      box(
        'iloc',
        join(
          [1, 0, 0, 0, 0x44, 0],
          be(2, items),
          ...list(items, (index) => join(be(2, index, 0, 0, 1), be(4, 0, 0))),
        ),
      ),
    )
  },
  'HEIF with pieces that overlap': (count) =>
    heif(
      itemInfo(1),
      box('iloc', join([1, 0, 0, 0, 0x44, 0], be(2, 1), be(2, 0, 0, 0, count), repeat(be(4, 0, 0), count))),
    ),
  'HEIF with long XMP': (count) =>
    heif(
      itemInfo(1),
      box('idat', repeat(join('<!--'), count * 4)),
      box('iloc', join([1, 0, 0, 0, 0x44, 0], be(2, 1), be(2, 0, 1, 0, 1), be(4, 0, count * 16))),
    ),
  'HEIF with sizes': (count) =>
    heif(box('iprp', box('ipco', repeat(join(be(4, 20), 'ispe', be(4, 0, 1, 1)), count)))),
}
for (const [name, make] of Object.entries(pictures)) {
  for (const mode of modes)
    await measure(`${mode} of ${name}`, (scale) => {
      const bytes = make(scale * 2000)
      return () => editMetadata(bytes, mode)
    })
  await measure(`the facts of ${name}`, (scale) => {
    const bytes = make(scale * 2000)
    return () => readPictureFacts(bytes)
  })
}
process.disconnect()
