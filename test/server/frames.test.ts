import { describe, expect, test } from 'vitest'
import { readAllSizes } from '../../src/server/inspection/image/image-frames.ts'
import { createImageSource } from '../../src/server/inspection/image/image-source.ts'
import { imageFile } from './images.ts'

/** The distinct sizes in a file as `width x height`, and the number of reads and bytes they took. */
async function readSizes(bytes: Uint8Array) {
  const read: number[] = []
  const source = createImageSource(async (length, start) => {
    read.push(length)
    return bytes.subarray(start, start + length)
  }, bytes.length)
  const sizes = await readAllSizes(source)
  const found = new Set<string>()
  for await (const { width, height } of sizes ?? []) found.add(`${width}x${height}`)
  return { sizes: sizes && [...found], reads: read.length }
}
const sizesIn = async (bytes: Uint8Array) => (await readSizes(bytes)).sizes

type Part = string | Uint8Array | readonly number[]
/** Texts are latin1. */
function join(...parts: Part[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(
    Buffer.concat(
      parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))),
    ),
  )
}
const le = (size: number, ...values: number[]) =>
  values.flatMap((value) =>
    Array.from({ length: size }, (_, index) => Math.floor(value / 256 ** index) & 255),
  )
const be = (size: number, ...values: number[]) => values.flatMap((value) => le(size, value).toReversed())

const gif = (...parts: Part[]) => join('GIF89a', le(2, 1, 1), [0, 0, 0], ...parts)
const gifFrame = (x: number, y: number, width: number, height: number) =>
  join([0x2c], le(2, x, y, width, height), [0, 2, 1, 0, 0])
const chunk = (type: string, ...content: Part[]) => {
  const bytes = join(...content)
  return join(be(4, bytes.length), type, bytes, [0, 0, 0, 0])
}
const png = (...chunks: Part[]) => join('\x89PNG\r\n\x1a\n', ...chunks)
const ihdr = (width: number, height: number) => chunk('IHDR', be(4, width, height), [8, 2, 0, 0, 0])
const fctl = (...sizes: [number, number, number, number]) =>
  chunk('fcTL', be(4, 0, ...sizes), [0, 1, 0, 1, 0, 0])
const riff = (type: string, ...content: Part[]) => {
  const bytes = join(...content)
  return join(type, le(4, bytes.length), bytes, bytes.length % 2 === 1 ? [0] : [])
}
const webp = (...chunks: Part[]) => join(riff('RIFF', 'WEBP', ...chunks))
const vp8x = (width: number, height: number) => riff('VP8X', [2, 0, 0, 0], le(3, width - 1, height - 1))
const vp8 = (width: number, height: number) => riff('VP8 ', [0, 0, 0, 0x9d, 1, 0x2a], le(2, width, height))
const vp8l = (width: number, height: number) =>
  riff('VP8L', [0x2f], le(4, width - 1 + (height - 1) * 2 ** 14))
const anmf = (x: number, y: number, width: number, height: number, ...inner: Part[]) =>
  riff('ANMF', le(3, x / 2, y / 2, width - 1, height - 1), [0, 0, 0, 0], ...inner)
const segment = (marker: number, ...content: Part[]) => {
  const bytes = join(...content)
  return join([0xff, marker], be(2, bytes.length + 2), bytes)
}
const sof = (marker: number, width: number, height: number) =>
  segment(marker, [8], be(2, height, width), [1, 1, 0x11, 0])
const jpeg = (...segments: Part[]) => join([0xff, 0xd8], ...segments, [0xff, 0xda, 0, 2])
const tiffTag = (tag: number, type: number, count: number, value: number) =>
  join(le(2, tag, type), le(4, count, value))
const directory = (next: number, ...tags: Part[]) => join(le(2, tags.length), ...tags, le(4, next))
const image = (next: number, width: number, height: number, ...more: Part[]) =>
  directory(next, tiffTag(256, 4, 1, width), tiffTag(257, 4, 1, height), ...more)
const tiff = (...parts: Part[]) => join('II*\0', le(4, 8), ...parts)
const box = (type: string, ...content: Part[]) => {
  const bytes = join(...content)
  return join(be(4, bytes.length + 8), type, bytes)
}
const ispe = (width: number, height: number) => box('ispe', be(4, 0, width, height))
const heif = (...meta: Part[]) => join(box('ftyp', 'avif', be(4, 0)), box('meta', be(4, 0), ...meta))
const properties = (...all: Part[]) => box('iprp', box('ipco', ...all))
const grid = (type: string, data: Part, extents = 1, method = 1) => [
  box('iinf', be(4, 0), be(2, 1), box('infe', [2, 0, 0, 0], be(2, 7, 0), type, '\0')),
  box('iloc', [1, 0, 0, 0, 0x44, 0], be(2, 1, 7, method, 0, extents), be(4, 0, data.length, 0, 0)),
  box('idat', data),
]
/** Bits as text, to bytes. */
const bits = (text: string) =>
  Uint8Array.from(text.replaceAll(' ', '').match(/.{1,8}/g) ?? [], (byte) =>
    Number.parseInt(byte.padEnd(8, '0'), 2),
  )
const binary = (value: number, size: number) => value.toString(2).padStart(size, '0')
/** A sequence header of AV1, with all that may stand before its sizes, as a unit. */
const av1 = (width: number, height: number) => {
  const timing = `1 ${'0'.repeat(64)} 1 0010 1 1 00100 ${'0'.repeat(32)} 0000000000`
  const points = `1 00001 ${'0'.repeat(12)} 11111 0 1 ${'0'.repeat(11)} 1 0000 ${'0'.repeat(12)} 00000 0 0`
  const sizes = `1111 1111 ${binary(width - 1, 16)} ${binary(height - 1, 16)}`
  const content = bits(`000 0 0 ${timing} ${points} ${sizes}`)
  return join([0x0a, content.length], content)
}
const av1Item = (data: Part, extents: number[] = [data.length]) => {
  let at = 0
  const places = extents.map((length) => be(4, (at += length) - length, length))
  return [
    box('iinf', be(4, 0), be(2, 1), box('infe', [2, 0, 0, 0], be(2, 7, 0), 'av01', '\0')),
    box('iloc', [1, 0, 0, 0, 0x44, 0], be(2, 1, 7, 1, 0, extents.length), ...places),
    box('idat', data),
  ]
}
/** The parameter set of a video of x265: 1920 x 1080. */
const hevc = Buffer.from(
  '42010101600000030090000003000003 0078a003c08010e596566924cae0100000030010000003 01e080'.replaceAll(
    ' ',
    '',
  ),
  'hex',
)
const hvcC = box('hvcC', new Uint8Array(22), [1, 0xa1], be(2, 1, hevc.length), hevc)
const bitmap = (headerSize: number, ...fields: Part[]) =>
  join('BM', new Uint8Array(12), le(4, headerSize), ...fields, new Uint8Array(40))
const icon = (...images: Part[]) => {
  let at = 6 + images.length * 16
  const entries = images.map((each) => {
    const entry = join([16, 16, 0, 0], le(2, 1, 32), le(4, each.length, at))
    at += each.length
    return entry
  })
  return join(le(2, 0, 1, images.length), ...entries, ...images)
}

describe('image sizes of real files', () => {
  test.each([
    ['animatedGif', ['30x20']],
    ['animatedPng', ['30x20']],
    ['animatedWebp', ['30x20']],
    ['lossyWebp', ['30x20']],
    ['losslessWebp', ['30x20']],
    ['jpeg', ['30x20']],
    ['turnedJpeg', ['20x30']],
    ['jpegWithGainMap', ['30x20', '60x40']],
    ['avif', ['30x20']],
    ['icon', ['32x32', '16x16']],
  ] as const)('reads the image sizes of a real %s file', async (name, sizes) => {
    expect(await readSizes(imageFile(name))).toEqual({ sizes, reads: 1 })
  })
})

describe('every size that a decoder would allocate', () => {
  test.each<[string, Uint8Array, string[]]>([
    [
      'a GIF whose frame is larger than its screen',
      gif(gifFrame(0, 0, 65_535, 65_535)),
      ['1x1', '65535x65535'],
    ],
    ['a GIF whose frame lies outside its screen', gif(gifFrame(60_000, 9, 1, 1)), ['1x1', '60001x10']],
    [
      'a GIF whose second frame is larger',
      gif(gifFrame(0, 0, 1, 1), gifFrame(0, 0, 5000, 6000), ';'),
      ['1x1', '5000x6000'],
    ],
    [
      'a GIF with a comment before its frame',
      gif('!\xfe\x03abc\0', gifFrame(0, 0, 99, 9), ';'),
      ['1x1', '99x9'],
    ],
    ['a GIF with a comment like a frame', gif('!\xfe\x03,,,\0', gifFrame(0, 0, 1, 1), ';'), ['1x1']],
    ['a GIF with bytes between its blocks', gif([0, 0, 7], gifFrame(0, 0, 99, 9)), ['1x1', '99x9']],
    ['a GIF with bytes after its end', gif(gifFrame(0, 0, 1, 1), ';', gifFrame(0, 0, 99, 9)), ['1x1']],
    ['a GIF without a screen', join('GIF87a', le(2, 0, 0), [0, 0, 0], gifFrame(0, 0, 7, 8)), ['7x8']],
    [
      'a GIF with a palette',
      join('GIF87a', le(2, 3, 4), [0x80, 0, 0], ',,,,,,', gifFrame(0, 0, 7, 8)),
      ['3x4', '7x8'],
    ],

    ['a PNG', png(ihdr(3, 4), chunk('IDAT')), ['3x4']],
    [
      'an APNG whose frame is larger',
      png(ihdr(1, 1), chunk('acTL', be(4, 1, 0)), chunk('IDAT'), fctl(9, 8, 0, 0)),
      ['1x1', '9x8'],
    ],
    [
      'an APNG whose frame lies outside',
      png(ihdr(1, 1), chunk('acTL', be(4, 1, 0)), fctl(1, 1, 2 ** 31, 5)),
      ['1x1', '2147483649x6'],
    ],
    ['a PNG with two headers', png(ihdr(1, 1), ihdr(9, 9)), ['1x1', '9x9']],
    ['a PNG for iPhones', png(chunk('CgBI', be(4, 0)), ihdr(3, 4)), ['3x4']],

    ['a WebP whose image is larger than its canvas', webp(vp8x(1, 1), vp8(99, 98)), ['1x1', '99x98']],
    [
      'a WebP whose lossless image is larger',
      webp(vp8x(1, 1), riff('ICCP', 'abc'), vp8l(16_384, 2)),
      ['1x1', '16384x2'],
    ],
    ['a WebP whose frame lies outside', webp(vp8x(1, 1), anmf(2, 4, 1, 1, vp8(1, 1))), ['1x1', '3x5']],
    [
      'a WebP whose frame holds a larger image than it states',
      webp(vp8x(1, 1), anmf(0, 0, 1, 1, riff('ALPH', 'a'), vp8(99, 98))),
      ['1x1', '99x98'],
    ],
    ['a WebP with a large canvas', webp(vp8x(2 ** 24, 2 ** 24), vp8(1, 1)), ['16777216x16777216', '1x1']],

    ['a JPEG with an uncommon coding process', jpeg(sof(0xc3, 99, 98)), ['99x98']],
    ['a JPEG with two frames', jpeg(sof(0xc3, 99, 98), sof(0xc0, 1, 2)), ['99x98', '1x2']],
    ['a JPEG with fill bytes', jpeg([0xff, 0xff, 0xff], sof(0xc0, 99, 98)), ['99x98']],
    ['a JPEG with bytes between its segments', jpeg([1, 2, 3, 0xff, 0], sof(0xc2, 99, 98)), ['99x98']],
    ['a JPEG with a segment like a frame', jpeg(segment(0xfe, sof(0xc0, 9, 9)), sof(0xc0, 1, 2)), ['1x2']],
    [
      'a JPEG with a thumbnail',
      jpeg(segment(0xe1, 'Exif\0\0', tiff(directory(0)), jpeg(sof(0xc0, 99, 98))), sof(0xc0, 1, 2)),
      ['1x2', '99x98'],
    ],
    [
      'a JPEG with a decoy before its thumbnail',
      jpeg(segment(0xe1, 'Exif\0\0', jpeg(), jpeg(sof(0xc0, 99, 98))), sof(0xc0, 1, 2)),
      ['1x2', '99x98'],
    ],

    ['a TIFF of two pages', tiff(image(38, 1, 2), image(0, 99, 98)), ['1x2', '99x98']],
    [
      'a TIFF with a sub-image of its first page',
      tiff(image(0, 1, 2, tiffTag(330, 4, 1, 50)), image(0, 99, 98)),
      ['1x2', '99x98'],
    ],
    [
      'a TIFF of one huge tile',
      tiff(image(0, 1, 2, tiffTag(322, 4, 1, 65_536), tiffTag(323, 4, 1, 65_536))),
      ['1x2', '65536x65536'],
    ],
    [
      'a TIFF of usual tiles',
      tiff(image(0, 100, 100, tiffTag(322, 3, 1, 256), tiffTag(323, 3, 1, 256))),
      ['100x100'],
    ],
    ['a TIFF with two width tags', tiff(image(0, 1, 2, tiffTag(256, 4, 1, 99))), ['99x2']],
    [
      'a TIFF with signed sizes beside unsigned ones',
      tiff(image(0, 1, 2, tiffTag(256, 9, 1, 99), tiffTag(257, 8, 1, 98))),
      ['99x98'],
    ],
    ['a TIFF whose pages form a cycle', tiff(image(8, 1, 2)), ['1x2']],
    [
      'a big-endian TIFF',
      join(
        'MM\0*',
        be(4, 8),
        be(2, 2),
        be(2, 256, 3),
        be(4, 1),
        be(2, 9, 0),
        be(2, 257, 3),
        be(4, 1),
        be(2, 8, 0),
        be(4, 0),
      ),
      ['9x8'],
    ],
    [
      'a BigTIFF',
      join(
        'II+\0',
        le(2, 8, 0),
        le(8, 16, 2),
        le(2, 256, 16),
        le(8, 1, 99),
        le(2, 257, 4),
        le(8, 1, 98),
        le(8, 0),
      ),
      ['99x98'],
    ],

    ['an AVIF of several items', heif(properties(ispe(1, 1), ispe(99, 98))), ['99x98', '1x1']],
    [
      'an AVIF whose grid is larger than its items',
      heif(properties(ispe(1, 1)), ...grid('grid', join([0, 0, 1, 1], be(2, 99, 98)))),
      ['99x98', '1x1'],
    ],
    [
      'an AVIF with a 32-bit grid',
      heif(properties(ispe(1, 1)), ...grid('grid', join([0, 1, 1, 1], be(4, 99_000, 98)))),
      ['99000x98', '1x1'],
    ],
    [
      'an AVIF whose overlay is larger',
      heif(properties(ispe(1, 1)), ...grid('iovl', join([0, 0], new Uint8Array(8), be(2, 99, 98)))),
      ['99x98', '1x1'],
    ],
    [
      'an AVIF with a sequence',
      join(
        heif(properties(ispe(1, 1))),
        box(
          'moov',
          box(
            'trak',
            box(
              'mdia',
              box(
                'minf',
                box('stbl', box('stsd', be(4, 0, 1), box('av01', new Uint8Array(24), be(2, 99, 98)))),
              ),
            ),
          ),
        ),
      ),
      ['99x98', '1x1'],
    ],
    [
      'an AVIF with a 64-bit box',
      join(
        box('ftyp', 'avif', be(4, 0)),
        be(4, 1),
        'free',
        be(8, 20),
        [0, 0, 0, 0],
        box('meta', be(4, 0), properties(ispe(3, 4))),
      ),
      ['3x4'],
    ],
    [
      'an AVIF whose last box has no end',
      join(box('ftyp', 'avif', be(4, 0)), be(4, 0), 'meta', be(4, 0), properties(ispe(3, 4))),
      ['3x4'],
    ],

    [
      'an AVIF whose picture is larger than it says',
      heif(properties(ispe(1, 1)), ...av1Item(join([0x12, 0], av1(65_536, 98)))),
      ['65536x98', '1x1'],
    ],
    [
      'an AVIF whose second sequence header is larger',
      heif(properties(ispe(2, 2)), ...av1Item(join(av1(2, 2), [0x32, 1, 0], av1(99, 98)))),
      ['99x98', '2x2'],
    ],
    [
      'an AVIF whose picture is in two pieces, each of whole units',
      heif(properties(ispe(2, 2)), ...av1Item(join([0x12, 0], av1(99, 98)), [2, av1(99, 98).length])),
      ['99x98', '2x2'],
    ],
    [
      'an AVIF whose configuration is larger than it says',
      heif(properties(ispe(1, 1), box('av1C', be(4, 0), av1(99, 98)))),
      ['99x98', '1x1'],
    ],
    ['a HEIC whose picture is larger than it says', heif(properties(ispe(1, 1), hvcC)), ['1920x1080', '1x1']],
    ['a HEIC whose picture ends in its last blocks', heif(properties(ispe(1901, 1077), hvcC)), ['1901x1077']],
    [
      'a HEIC whose size is that of two items together',
      heif(properties(ispe(1920, 1), ispe(1, 1080), hvcC)),
      ['1920x1080', '1920x1', '1x1080'],
    ],

    ['a top-down BMP', bitmap(40, le(4, 3), [0xfc, 0xff, 0xff, 0xff]), ['3x4']],
    ['an OS/2 BMP', bitmap(12, le(2, 3, 4)), ['3x4']],
    ['an icon whose PNG is larger than its header says', icon(png(ihdr(99, 98))), ['99x98', '16x16']],
    [
      'an icon whose PNG has a larger frame',
      icon(png(ihdr(1, 1), chunk('acTL', be(4, 1, 0)), fctl(99, 98, 0, 0))),
      ['99x98', '16x16', '1x1'],
    ],
    [
      'an icon whose bitmap is larger',
      icon(join(le(4, 40, 99, 196), new Uint8Array(28))),
      ['99x98', '16x16'],
    ],
    ['a cursor without a size', join(le(2, 0, 2, 1), [0, 0, 0, 0], le(2, 1, 1), le(4, 0, 9999)), ['256x256']],
  ])('counts every size that a decoder would allocate: %s', async (_, bytes, sizes) => {
    expect(await sizesIn(bytes)).toEqual(sizes)
  })
})

test.each<[string, Uint8Array]>([
  ['a truncated GIF', join('GIF89a')],
  ['a GIF without a size', join('GIF89a', le(2, 0, 0), [0, 0, 0], ';')],
  ['a PNG without a header', png(chunk('IDAT'))],
  ['a WebP without an image', webp(riff('EXIF', 'a'))],
  ['a JPEG without a frame', jpeg()],
  ['a JPEG without a height', jpeg(sof(0xc0, 5, 0))],
  ['a TIFF without a size', tiff(directory(0))],
  ['an AVIF without a size', heif(properties())],
  ['an AVIF whose box is shorter than its header', heif(join(be(4, 5), 'iprp'))],
  ['an AVIF whose grid has no data', heif(properties(ispe(1, 1)), grid('grid', [0, 0])[0] ?? '')],
  [
    'an AVIF whose sequence header is in two pieces',
    heif(properties(ispe(2, 2)), ...av1Item(av1(99, 98), [10, av1(99, 98).length - 10])),
  ],
  [
    'an AVIF whose sequence header is cut off',
    heif(properties(ispe(2, 2)), ...av1Item(av1(99, 98).subarray(0, 10))),
  ],
  [
    'an AVIF of too many sequence headers',
    heif(properties(ispe(2, 2)), ...av1Item(join(...Array.from({ length: 4097 }, () => av1(2, 2))))),
  ],
  [
    'an AVIF of pictures of many sizes',
    heif(
      properties(ispe(2, 2)),
      ...av1Item(join(...Array.from({ length: 65 }, (_, index) => av1(99 + index, 98)))),
    ),
  ],
  [
    'an AVIF whose grid is in two pieces',
    heif(properties(ispe(1, 1)), ...grid('grid', join([0, 0, 1, 1], be(2, 1, 1)), 2)),
  ],
  [
    'an AVIF whose grid has two places',
    heif(properties(ispe(1, 1)), ...grid('grid', join([0, 0, 1, 1], be(2, 1, 1))), grid('grid', [])[1] ?? ''),
  ],
  [
    'an AVIF whose grid is counted from another item',
    heif(properties(ispe(1, 1)), ...grid('grid', join([0, 0, 1, 1], be(2, 1, 1)), 1, 2)),
  ],
  [
    'an AVIF that has the data of its items twice',
    heif(box('idat', 'a'), properties(ispe(1, 1)), ...grid('grid', join([0, 0, 1, 1], be(2, 1, 1)))),
  ],
  ['a TIFF whose width is a fraction', tiff(image(0, 1, 2, tiffTag(256, 5, 1, 8)))],
  ['a TIFF with too many widths', tiff(image(0, 1, 2, tiffTag(256, 4, 1025, 8)))],
  ['an icon with a bitmap of negative width', icon(join(le(4, 40, -99, 196), new Uint8Array(28)))],
  ['a BMP of negative width', bitmap(40, [0xff, 0xff, 0xff, 0xff], le(4, 4))],
  ['a BMP that holds a JPEG', bitmap(40, le(4, 3, 4), le(2, 1, 0), le(4, 4))],
])('%s is unreadable', async (_, bytes) => {
  await expect(sizesIn(bytes)).rejects.toMatchObject({ name: 'UnreadableImage' })
})

test.each([
  '8BPS',
  '\xff\x0a',
  '\0\0\0\x0cJXL ',
  '\0\0\0\x0cjP  ',
  '<svg width="1" height="1"/>',
  'icns',
  'P6 1 1',
])('a file that starts with %j has no known size', async (start) => {
  expect(await sizesIn(join(start, new Uint8Array(64)))).toBeUndefined()
})

describe('bounded reading of images', () => {
  const many = (part: Uint8Array) => new Uint8Array(Buffer.alloc(part.length * 300_000, part))

  test('a long animation is read to its end in chunks of growing size', async () => {
    const data = join(...Array.from({ length: 20_000 }, () => join([255], new Uint8Array(255))), [0])
    const bytes = gif([0x2c], le(2, 0, 0, 1, 1), [0, 2], data, gifFrame(0, 0, 99, 98), ';')
    const { sizes, reads } = await readSizes(bytes)
    expect(sizes).toEqual(['1x1', '99x98'])
    expect(reads).toBeLessThan(12)
  })

  test('skipping image data costs one read before it and one after it', async () => {
    const bytes = png(
      ihdr(1, 1),
      chunk('acTL', be(4, 1, 0)),
      chunk('IDAT', new Uint8Array(8_000_000)),
      fctl(9, 8, 0, 0),
    )
    expect(await readSizes(bytes)).toEqual({ sizes: ['1x1', '9x8'], reads: 2 })
  })

  test.each<[string, () => Uint8Array]>([
    [
      'over 32 MB of frames',
      () => gif([0x2c], le(2, 0, 0, 1, 1), [0, 2], new Uint8Array(33 * 1024 ** 2).fill(255)),
    ],
    ['very many tiny frames', () => gif(many(gifFrame(0, 0, 1, 1)))],
    ['very many empty chunks', () => png(ihdr(1, 1), many(chunk('tEXt')))],
    ['very many meaningless bytes', () => jpeg(new Uint8Array(300_000))],
    [
      'directories that overlap',
      () => {
        const entries = new Uint8Array(1_000_000).fill(255)
        const subdirectories = join(le(4, ...Array.from({ length: 1000 }, (_, index) => 5000 + index)))
        return tiff(image(0, 1, 1, tiffTag(330, 4, 1000, 100)), new Uint8Array(50), subdirectories, entries)
      },
    ],
  ])('%s are unreadable', async (_, make) => {
    await expect(sizesIn(make())).rejects.toMatchObject({ name: 'UnreadableImage' })
  })
})

describe('an object whose parts are scattered', () => {
  /** Places parts every 100 kB, so that each needs its own read. */
  async function jump(times: number) {
    let reads = 0
    const read = async (length: number) => {
      reads += 1
      return new Uint8Array(length)
    }
    const source = createImageSource(read, 1e9)
    for (let count = 0; count < times; count += 1) await source.view(count * 100_000, 8)
    return reads
  }

  test('an object with scattered parts is read in up to 128 requests', async () => {
    expect(await jump(128)).toBe(128)
  })

  test('an object with scattered parts is rejected before the 129th request', async () => {
    await expect(jump(129)).rejects.toThrow('too many places')
  })
})
