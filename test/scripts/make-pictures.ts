import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'

/**
 * Makes test/image/pictures: pictures with places in them, by encoders and by exiftool, which have nothing in common with
 * our code. Run by `npx tsx test/scripts/make-pictures.ts`. It needs exiftool and
 * heif-enc (Debian: libimage-exiftool-perl and libheif-examples).
 */

/** Returns the bytes with tags written by exiftool: `['-GPSLatitude=1', …]`. */
function writeTags(bytes: Uint8Array, extension: string, tags: readonly string[]): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'putaway-exiftool-'))
  try {
    const path = join(folder, `picture.${extension}`)
    writeFileSync(path, bytes)
    execFileSync('exiftool', ['-q', '-m', '-overwrite_original', ...tags, path])
    return new Uint8Array(readFileSync(path))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const width = 64
const height = 48

/** A gradient, so that every pixel differs from its neighbors. */
const rawPixels = Buffer.from(
  Array.from({ length: width * height * 3 }, (_, index) => (index * 7 + Math.floor(index / 300) * 13) % 256),
)
const gradient = () => sharp(rawPixels, { raw: { width, height, channels: 3 } })

/** Tags as phones and editors write them: EXIF, XMP and IPTC. */
const places = [
  '-GPSLatitude=37.5665',
  '-GPSLatitudeRef=N',
  '-GPSLongitude=126.978',
  '-GPSLongitudeRef=E',
  '-GPSAltitude=38',
  '-XMP-exif:GPSLatitude=37.5665',
  '-XMP-photoshop:City=Seoul',
  '-XMP-photoshop:State=Seoul',
  '-XMP-iptcCore:Location=City Hall',
  '-XMP-iptcExt:LocationShownCountryName=Korea',
]
const camera = ['-Make=Maker', '-Model=Model', '-DateTimeOriginal=2026:11:29 08:00:00', '-Artist=Ann']

async function thumbnail(): Promise<Uint8Array> {
  const small = await gradient().resize(16, 12).jpeg().toBuffer()
  return writeTags(small, 'jpg', places)
}

async function jpegWithPlaces(): Promise<Uint8Array> {
  const plain = await gradient().withIccProfile('p3').jpeg({ progressive: true }).toBuffer()
  const tagged = writeTags(plain, 'jpg', [
    ...places,
    ...camera,
    '-Orientation#=6',
    '-IPTC:City=Seoul',
    '-IPTC:Country-PrimaryLocationName=Korea',
    // Longer than a segment: the rest goes to extended XMP.
    `-XMP-dc:Description=${'a long walk '.repeat(7000)}`,
    '-Comment=hello',
  ])
  return withThumbnail(tagged, await thumbnail())
}

/** Adds the thumbnail by hand: exiftool would remove the tags in it. */
function withThumbnail(jpeg: Uint8Array, small: Uint8Array): Uint8Array {
  const base64 = `base64:${Buffer.from(small).toString('base64')}`
  return writeTags(jpeg, 'jpg', [`-ThumbnailImage=${base64}`])
}

async function pngWithPlaces(): Promise<Uint8Array> {
  const plain = await gradient().png().toBuffer()
  const tagged = writeTags(plain, 'png', [...places, ...camera, '-PNG:Comment=hello', '-Orientation#=6'])
  return Buffer.concat([tagged, Buffer.from('rest of a cropped screenshot')])
}

async function webpWithPlaces(): Promise<Uint8Array> {
  const plain = await gradient().withIccProfile('p3').webp({ lossless: true }).toBuffer()
  return writeTags(plain, 'webp', [...places, ...camera, '-Orientation#=6'])
}

async function avifWithPlaces(): Promise<Uint8Array> {
  const plain = await gradient().avif({ lossless: true }).toBuffer()
  return writeTags(plain, 'avif', [...places, ...camera])
}

const ascii = (text: string) => Buffer.from(text, 'latin1')

function box(type: string, ...contents: readonly Uint8Array[]): Buffer {
  const data = Buffer.concat(contents)
  const header = Buffer.alloc(8)
  header.writeUInt32BE(data.length + 8)
  header.write(type, 4, 'latin1')
  return Buffer.concat([header, data])
}

/** The video of a motion photo, with the place where Android writes it. */
function movieWithPlace(): Buffer {
  const place = '+37.5665+126.9780/'
  const size = Buffer.alloc(4)
  size.writeUInt16BE(place.length)
  size.writeUInt16BE(0x15c7, 2)
  return Buffer.concat([
    box('ftyp', ascii('mp42\0\0\0\0mp42')),
    box('moov', box('mvhd', Buffer.alloc(100)), box('udta', box('\u00a9xyz', size, ascii(place)))),
    box('mdat', ascii('frames')),
  ])
}

const hdrXmp = (length: number) => `<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
 xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
 xmlns:Container="http://ns.google.com/photos/1.0/container/" xmlns:Item="http://ns.google.com/photos/1.0/container/item/"
 hdrgm:Version="1.0" photoshop:City="Seoul"><Container:Directory><rdf:Seq>
<rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="Primary" Item:Mime="image/jpeg"/></rdf:li>
<rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="GainMap" Item:Mime="image/jpeg" Item:Length="${length}"/></rdf:li>
</rdf:Seq></Container:Directory></rdf:Description></rdf:RDF></x:xmpmeta>`

function segment(marker: number, contents: Uint8Array): Buffer {
  const header = Buffer.from([0xff, marker, 0, 0])
  header.writeUInt16BE(contents.length + 2, 2)
  return Buffer.concat([header, contents])
}

const insertAfterStart = (jpeg: Uint8Array, ...segments: readonly Uint8Array[]) =>
  Buffer.concat([jpeg.subarray(0, 2), ...segments, jpeg.subarray(2)])

/** An index of two pictures. Its lengths are written by `ultraHdrWithPlaces`. */
function multiPictureIndex(firstLength: number, secondLength: number, secondOffset: number): Buffer {
  const index = Buffer.alloc(82)
  index.write('MM\0*', 0, 'latin1')
  index.writeUInt32BE(8, 4)
  index.writeUInt16BE(3, 8)
  const entries = [
    [0xb000, 7, 4, 0x30313030],
    [0xb001, 4, 1, 2],
    [0xb002, 7, 32, 50],
  ] as const
  for (const [row, [tag, type, count, value]] of entries.entries()) {
    index.writeUInt16BE(tag, 10 + 12 * row)
    index.writeUInt16BE(type, 12 + 12 * row)
    index.writeUInt32BE(count, 14 + 12 * row)
    index.writeUInt32BE(value, 18 + 12 * row)
  }
  index.writeUInt32BE(0x030000, 50)
  index.writeUInt32BE(firstLength, 54)
  index.writeUInt32BE(secondLength, 70)
  index.writeUInt32BE(secondOffset, 74)
  return index
}

/** A picture with a gain map behind it and a video behind that, as phones with HDR write it. */
async function ultraHdrWithPlaces(): Promise<Uint8Array> {
  const signature = ascii('http://ns.adobe.com/xap/1.0/\0')
  const plain = await gradient().withIccProfile('p3').jpeg().toBuffer()
  const tagged = writeTags(plain, 'jpg', [...places.slice(0, 5), ...camera, '-Orientation#=8'])
  const plainMap = writeTags(await gradient().greyscale().jpeg().toBuffer(), 'jpg', places.slice(0, 5))
  const gainMap = insertAfterStart(plainMap, segment(0xe1, Buffer.concat([signature, ascii(hdrXmp(0))])))
  const xmp = segment(0xe1, Buffer.concat([signature, ascii(hdrXmp(gainMap.length))]))
  const indexBytes = 4 + 4 + 82
  const length = tagged.length + xmp.length + indexBytes
  // Offsets count from the index in its segment, which lies before XMP.
  const index = multiPictureIndex(length, gainMap.length, length - 2 - 8)
  const main = insertAfterStart(tagged, segment(0xe2, Buffer.concat([ascii('MPF\0'), index])), xmp)
  return Buffer.concat([main, gainMap, movieWithPlace()])
}

async function heicWithPlaces(): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), 'putaway-heic-'))
  const [source, target] = [join(folder, 'in.png'), join(folder, 'out.heic')]
  try {
    writeFileSync(source, await gradient().png().toBuffer())
    execFileSync('heif-enc', ['-q', '60', '-o', target, source])
    return writeTags(readFileSync(target), 'heic', [...places, ...camera])
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const makers = {
  'places.jpg': jpegWithPlaces,
  'places.png': pngWithPlaces,
  'places.webp': webpWithPlaces,
  'places.avif': avifWithPlaces,
  'places.heic': heicWithPlaces,
  'ultra-hdr.jpg': ultraHdrWithPlaces,
}
mkdirSync('test/image/pictures', { recursive: true })
for (const [name, make] of Object.entries(makers))
  writeFileSync(join('test/image/pictures', name), await make())
