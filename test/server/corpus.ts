import { imageFile, imageNames } from './images.ts'

type Part = string | Uint8Array | readonly number[]

/** Texts are latin1. */
export function join(...parts: Part[]): Uint8Array<ArrayBuffer> {
  const buffers = parts.map((part) =>
    typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part),
  )
  return new Uint8Array(Buffer.concat(buffers))
}

/** Little-endian numbers of `size` bytes. */
export function le(size: number, ...values: number[]): number[] {
  return values.flatMap((value) =>
    Array.from({ length: size }, (_, index) => Math.floor(value / 256 ** index) % 256),
  )
}

/** Big-endian numbers of `size` bytes. */
export function be(size: number, ...values: number[]): number[] {
  return values.flatMap((value) => le(size, value).toReversed())
}

export function repeat(part: Part, count: number): Uint8Array<ArrayBuffer> {
  const bytes = join(part)
  return new Uint8Array(Buffer.alloc(bytes.length * count, bytes))
}

const asf = [0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11, 0xa6, 0xd9, 0, 0xaa, 0, 0x62, 0xce, 0x6c]
const guid = repeat([7], 16)
const box = (type: string, ...content: Part[]) => {
  const bytes = join(...content)
  return join(be(4, bytes.length + 8), type, bytes)
}
const ftyp = (brand: string) => box('ftyp', brand, be(4, 0), brand)
/** Lengths by which a loop does not advance, or moves backwards. */
const wrongLengths = [
  0, 1, 2, 4, 7, 8, 12, 16, 19, 20, 23, 24, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff,
]

/** Lengths with which a file of many boxes is or seems well formed. */
const repeated = new Set([0, 8, 20, 24])

/** Each container with a wrong length, once and repeated. */
const containers: Readonly<Record<string, (length: number, times: number) => Uint8Array>> = {
  'asf object': (length, times) =>
    join(asf, le(8, 230), le(4, 6), [1, 2], repeat(join(guid, le(8, length)), times), new Uint8Array(160)),
  'asf object of 64 bits': (length, times) =>
    join(
      asf,
      le(8, 230),
      le(4, 6),
      [1, 2],
      repeat(join(guid, le(4, length), repeat([255], 4)), times),
      new Uint8Array(160),
    ),
  'asf stream': (length) =>
    join(
      asf,
      le(8, 230),
      le(4, 6),
      [1, 2],
      [0x91, 0x07, 0xdc, 0xb7, 0xb7, 0xa9, 0xcf, 0x11, 0x8e, 0xe6, 0, 0xc0, 0x0c, 0x20, 0x53, 0x65],
      le(8, length),
      new Uint8Array(160),
    ),
  ...Object.fromEntries(
    ['heic', 'avif', 'mif1', 'msf1', 'crx ', 'qt  ', 'isom', 'jxl ', 'jp2 '].flatMap((brand) => [
      [
        `${brand} box`,
        (length: number, times: number) =>
          join(ftyp(brand), repeat(join(be(4, length), 'free'), times), new Uint8Array(64)),
      ],
      [
        `${brand} inner box`,
        (length: number, times: number) =>
          join(
            ftyp(brand),
            box(
              'meta',
              be(4, 0),
              box('iprp', box('ipco', repeat(join(be(4, length), 'ispe', be(4, 0, 1, 1)), times))),
            ),
            new Uint8Array(64),
          ),
      ],
      [
        `${brand} meta`,
        (length: number, times: number) =>
          join(
            ftyp(brand),
            repeat(
              join(
                be(4, length),
                'meta',
                be(4, 0, length),
                'iprp',
                be(4, length),
                'ipco',
                be(4, length),
                'ispe',
              ),
              times,
            ),
            new Uint8Array(64),
          ),
      ],
      [`${brand} ftyp`, (length: number) => join(be(4, length), 'ftyp', brand, new Uint8Array(64))],
    ]),
  ),
  'jxl partial stream': (length, times) =>
    join(
      be(4, 12),
      'JXL ',
      [13, 10, 135, 10],
      ftyp('jxl '),
      repeat(join(be(4, length), 'jxlp', be(4, 0)), times),
      new Uint8Array(64),
    ),
  'jxl stream': (length, times) =>
    join(
      be(4, 12),
      'JXL ',
      [13, 10, 135, 10],
      ftyp('jxl '),
      repeat(join(be(4, length), 'jxlc', [255, 10]), times),
      new Uint8Array(64),
    ),
  'jp2 header': (length, times) =>
    join(
      be(4, 12),
      'jP  ',
      [13, 10, 135, 10],
      ftyp('jp2 '),
      repeat(join(be(4, length), 'jp2h', be(4, length), 'ihdr'), times),
      new Uint8Array(64),
    ),
  'jp2 box of 64 bits': (length, times) =>
    join(
      be(4, 12),
      'jP  ',
      [13, 10, 135, 10],
      repeat(join(be(4, 1), 'free', be(8, length)), times),
      new Uint8Array(64),
    ),
  'icns entry': (length, times) =>
    join('icns', be(4, 0xffffffff), repeat(join('ic07', be(4, length)), times), new Uint8Array(64)),
  'icns file': (length) => join('icns', be(4, length), 'ic07', be(4, 0), new Uint8Array(64)),
  'png chunk': (length, times) =>
    join(
      '\x89PNG\r\n\x1a\n',
      be(4, 13),
      'IHDR',
      be(4, 1, 1),
      new Uint8Array(9),
      repeat(join(be(4, length), 'tEXt', be(4, 0)), times),
    ),
  'png first chunk': (length, times) =>
    join('\x89PNG\r\n\x1a\n', repeat(join(be(4, length), 'IHDR', be(4, 0)), times)),
  'jpeg segment': (length, times) =>
    join([0xff, 0xd8], repeat(join([0xff, 0xe0], be(2, length % 65_536)), times), new Uint8Array(64)),
  'jpeg exif': (length, times) =>
    join(
      [0xff, 0xd8],
      repeat(
        join([0xff, 0xe1], be(2, 40), 'Exif\0\0MM\0*', be(4, length), be(2, 0xffff), new Uint8Array(22)),
        times,
      ),
    ),
  'gif block': (length, times) =>
    join('GIF89a', le(2, 1, 1), [0, 0, 0], repeat(join([0x21, 0xfe, length % 256]), times)),
  'webp chunk': (length, times) =>
    join('RIFF', le(4, length), 'WEBP', repeat(join('VP8X', le(4, length), new Uint8Array(10)), times)),
  'riff chunk': (length, times) =>
    join('RIFF', le(4, length), 'AVI ', repeat(join('LIST', le(4, length)), times)),
  'wave chunk': (length, times) =>
    join('RIFF', le(4, length), 'WAVE', repeat(join('fmt ', le(4, length)), times)),
  'aiff chunk': (length, times) =>
    join('FORM', be(4, length), 'AIFF', repeat(join('COMM', be(4, length)), times)),
  'tiff directory': (length, times) =>
    join('II*\0', le(4, length), repeat(join(le(2, 0xffff), le(2, 256, 4), le(4, length, length)), times)),
  'bigtiff directory': (length, times) =>
    join(
      'II+\0',
      le(2, 8, 0),
      le(8, length),
      repeat(join(le(8, length), le(2, 256, 16), le(8, length, length)), times),
    ),
  'matroska element': (length, times) =>
    join(
      [0x1a, 0x45, 0xdf, 0xa3],
      [0x01, 0, 0, 0],
      be(4, length),
      repeat([0x42, 0x82, 0x80 + (length % 128)], times),
      new Uint8Array(64),
    ),
  'matroska void': (length, times) =>
    join([0x1a, 0x45, 0xdf, 0xa3, 0xff], repeat(join([0xec, 0x08], be(4, length)), times)),
  'zip entry': (length, times) =>
    join(
      repeat(join('PK\x03\x04', le(2, 20, 0, 0, 0, 0), le(4, 0, length, length), le(2, 1, 0), 'a'), times),
      new Uint8Array(64),
    ),
  'zip entry of no known size': (length, times) =>
    join(
      repeat(
        join('PK\x03\x04', le(2, 20, 8, 8, 0, 0), le(4, 0, 0, length), le(2, 1, length % 65_536), 'a'),
        times,
      ),
      new Uint8Array(64),
    ),
  'zip content types': (length, times) =>
    join(
      repeat(
        join(
          'PK\x03\x04',
          le(2, 20, 0, 0, 0, 0),
          le(4, 0, length, length),
          le(2, 19, 0),
          '[Content_Types].xml',
        ),
        times,
      ),
      new Uint8Array(64),
    ),
  'id3 tag': (length, times) =>
    join(repeat(join('ID3', [3, 0, 0], [0, 0, 0, length % 128]), times), new Uint8Array(64)),
  'flac block': (length, times) => join('fLaC', repeat(be(4, length), times)),
  'ogg page': (length, times) =>
    join(repeat(join('OggS', [0, 2], new Uint8Array(20), [1, length % 256]), times), new Uint8Array(64)),
  'gzip member': (_, times) =>
    join(repeat([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0], times)),
  'tar entry': (length, times) =>
    repeat(
      join(
        'a',
        new Uint8Array(123),
        `${length.toString(8).padStart(11, '0')}\0`,
        new Uint8Array(121),
        'ustar\0',
        new Uint8Array(249),
      ),
      times,
    ),
  'psd section': (length, times) =>
    join(
      '8BPS',
      be(2, 1),
      new Uint8Array(6),
      be(2, 3),
      be(4, 1, 1),
      be(2, 8, 3),
      repeat(be(4, length), times),
    ),
  'bmp header': (length) => join('BM', new Uint8Array(12), le(4, length, 1, length), new Uint8Array(40)),
  'icon entry': (length, times) =>
    join(
      le(2, 0, 1, Math.min(times, 65_535)),
      repeat(join([0, 0, 0, 0], le(2, 1, 1), le(4, length, length)), times),
    ),
  'mpeg frame': (length, times) => repeat([0xff, 0xfb, length % 256, 0], times),
  'mpeg stream': (length, times) =>
    repeat(join([0x47], new Uint8Array(187).fill(length % 256)), Math.ceil(times / 20)),
  'flash tag': (length, times) => join('FLV\x01', repeat(be(4, length), times)),
  'compound file': (length, times) =>
    join([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1], repeat(le(4, length), times)),
  'pdf object': (_, times) => join('%PDF-1.7\n', repeat('1 0 obj\n', times)),
  'pam header': (_, times) => join('P7\n', repeat('WIDTH 1\n', times)),
  'svg attribute': (_, times) => join('<svg ', repeat(`a="`, times), ' width="1" height="1"/>'),
  'svg element': (_, times) => join('<svg width="1" height="1">', repeat('<svg ', times)),
  'svg width': (_, times) => join(`<svg a='`, repeat(' width="', times), `'>`),
  comment: (_, times) => repeat('<!---->', times),
  doctype: (_, times) => join('<!doctype ', repeat('a', times * 8)),
}

/** A file made to hang a parser. */
export interface HostileFile {
  readonly name: string
  readonly bytes: Uint8Array
}

/** At most 64 KiB, the most that a parser gets; with `large` also up to 1 MiB. */
export function* hostileFiles({ large = false } = {}): Generator<HostileFile> {
  for (const [name, make] of Object.entries(containers)) {
    for (const length of wrongLengths) {
      for (const times of [1, 3, large && repeated.has(length) ? 20_000 : 2000]) {
        const bytes = make(length, times).subarray(0, large ? 1024 ** 2 : 65_536)
        yield { name: `${name} of ${length}, ${times} times`, bytes }
      }
    }
  }
  for (const name of imageNames) {
    const completeFile = imageFile(name)
    for (let length = 1; length < completeFile.length; length += 5) {
      yield { name: `${name}, the first ${length} bytes`, bytes: completeFile.subarray(0, length) }
    }
  }
}
