import { hasText, dataViewOf } from './byte-helpers.ts'

/**
 * Numbers of the TIFF entries. EXIF is a TIFF file. It has directories (IFD, image file directory) of entries with 12
 * bytes each. A value of more than four bytes is elsewhere in the file, and its entry has the offset of the value.
 */
const tiffTags = {
  orientation: 0x0112,
  jpegOffset: 0x0201,
  jpegLength: 0x0202,
  xmp: 0x02bc,
  iptc: 0x83bb,
  photoshop: 0x8649,
  exifDirectory: 0x8769,
  gpsDirectory: 0x8825,
  makerNote: 0x927c,
  width: 0x0100,
  height: 0x0101,
  exifWidth: 0xa002,
  exifHeight: 0xa003,
}

/** Entries that may say where a picture was taken. */
const locationTags = new Set([
  tiffTags.xmp,
  tiffTags.iptc,
  tiffTags.photoshop,
  tiffTags.gpsDirectory,
  tiffTags.makerNote,
])

/** Size of a value in bytes, by its TIFF type. */
const typeSizes = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4]

interface TiffEntry {
  /** Offset of the entry in the file. */
  readonly start: number
  readonly tag: number
  /** Start of the value. Values of at most four bytes are in the entry itself. */
  readonly valueStart: number
  readonly valueEnd: number
  /** The four bytes of the value as a number, which is an offset in most uses. */
  readonly number: number
}

interface TiffReader {
  readonly bytes: Uint8Array
  readonly view: DataView
  readonly isLittleEndian: boolean
}

function openTiff(bytes: Uint8Array): TiffReader | undefined {
  const isLittleEndian = hasText(bytes, 0, 'II*\0')
  if (bytes.length < 8 || !(isLittleEndian || hasText(bytes, 0, 'MM\0*'))) return undefined
  return { bytes, view: dataViewOf(bytes), isLittleEndian }
}

/** Returns the entries of a directory. Returns no entries if the directory ends outside of the bytes. */
function readTiffEntries({ bytes, view, isLittleEndian }: TiffReader, directory: number): TiffEntry[] {
  if (directory < 8 || directory + 2 > bytes.length) return []
  const count = view.getUint16(directory, isLittleEndian)
  if (directory + 2 + 12 * count > bytes.length) return []
  return Array.from({ length: count }, (_, index) => {
    const start = directory + 2 + 12 * index
    const valueBytes =
      (typeSizes[view.getUint16(start + 2, isLittleEndian)] ?? 1) * view.getUint32(start + 4, isLittleEndian)
    const number = view.getUint32(start + 8, isLittleEndian)
    const valueStart = Math.min(valueBytes > 4 ? number : start + 8, bytes.length)
    return {
      start,
      tag: view.getUint16(start, isLittleEndian),
      valueStart,
      valueEnd: Math.min(valueStart + valueBytes, bytes.length),
      number,
    }
  })
}

function readNextDirectory(tiff: TiffReader, directory: number): number {
  const offset = endOfEntries(tiff, directory)
  return offset + 4 <= tiff.bytes.length ? tiff.view.getUint32(offset, tiff.isLittleEndian) : 0
}

/** Returns the first directory, and those that follow it. */
function directoriesOf(tiff: TiffReader): number[] {
  const directories: number[] = []
  let directory = tiff.view.getUint32(4, tiff.isLittleEndian)
  while (
    directory >= 8 &&
    directory + 2 <= tiff.bytes.length &&
    !directories.includes(directory) &&
    directories.length < 8
  ) {
    directories.push(directory)
    directory = readNextDirectory(tiff, directory)
  }
  return directories
}

/** Maximum number of directories that are read. Cameras write about five. */
const maxDirectories = 32

/**
 * Whether there are directories, and all of them end inside the bytes. False also for a TIFF whose directories or values
 * overlap so often that to read them would take more than linear time.
 */
function isReadable(tiff: TiffReader): boolean {
  const { bytes, view, isLittleEndian } = tiff
  const directories = new Set(directoriesOf(tiff))
  if (directories.size === 0) return false
  let valueBytes = 0
  // The loop adds directories to the set that it reads. A set visits each directory only once, even if two directories
  // refer to each other.
  for (const directory of directories) {
    if (directory < 8 || directory + 2 > bytes.length) continue
    if (directory + 2 + 12 * view.getUint16(directory, isLittleEndian) > bytes.length) return false
    for (const { tag, number, valueStart, valueEnd } of readTiffEntries(tiff, directory)) {
      valueBytes += valueEnd - valueStart
      if (tag === tiffTags.exifDirectory || tag === tiffTags.gpsDirectory) directories.add(number)
    }
    if (directories.size > maxDirectories || valueBytes > 4 * bytes.length) return false
  }
  return true
}

/** Returns the EXIF orientation, 1 to 8, or 1 if there is none. */
export function orientationInTiff(bytes: Uint8Array): number {
  const tiff = openTiff(bytes)
  if (!tiff) return 1
  const entry = readTiffEntries(tiff, tiff.view.getUint32(4, tiff.isLittleEndian)).find(
    ({ tag }) => tag === tiffTags.orientation,
  )
  const value =
    entry && entry.valueStart + 2 <= bytes.length
      ? tiff.view.getUint16(entry.valueStart, tiff.isLittleEndian)
      : 1
  return value >= 1 && value <= 8 ? value : 1
}

/** Removes entries of a directory. The later entries move toward its start, and all other offsets stay the same. */
function removeEntries(tiff: TiffReader, directory: number, mustRemove: (entry: TiffEntry) => boolean): void {
  const entries = readTiffEntries(tiff, directory)
  if (entries.length === 0) return
  const keptEntries = entries.filter((entry) => !mustRemove(entry))
  const entriesStart = directory + 2
  const entriesEnd = entriesStart + 12 * entries.length
  const directoryEnd = Math.min(entriesEnd + 4, tiff.bytes.length)
  // Moves each entry once. An entry only moves toward the start, so it never overwrites an entry that has not moved yet.
  for (const [index, { start }] of keptEntries.entries())
    tiff.bytes.copyWithin(entriesStart + 12 * index, start, start + 12)
  const keptEnd = entriesStart + 12 * keptEntries.length
  tiff.bytes.copyWithin(keptEnd, entriesEnd, directoryEnd)
  tiff.bytes.fill(0, keptEnd + directoryEnd - entriesEnd, directoryEnd)
  tiff.view.setUint16(directory, keptEntries.length, tiff.isLittleEndian)
}

/**
 * Whether an entry is Apple's maker note. It is kept, because it has no coordinates, and HDR pictures need its value of
 * the HDR headroom.
 */
function isAppleNote({ bytes }: TiffReader, { tag, valueStart }: TiffEntry): boolean {
  return tag === tiffTags.makerNote && hasText(bytes, valueStart, 'Apple iOS\0')
}

function blankDirectory(tiff: TiffReader, directory: number): void {
  const entries = readTiffEntries(tiff, directory)
  for (const { valueStart, valueEnd } of entries) tiff.bytes.fill(0, valueStart, valueEnd)
  if (entries.length > 0) tiff.bytes.fill(0, directory, directory + 2 + 12 * entries.length + 4)
}

/**
 * Removes everything from EXIF that may say where a picture was taken: coordinates, IPTC, XMP, and all maker notes
 * except Apple's. Sets the values to zeros, so that no offset changes. If a directory of the EXIF cannot be read,
 * overwrites everything except the orientation. `editThumbnail` edits the JPEG thumbnail in the EXIF.
 */
export function blankLocationInTiff(bytes: Uint8Array, editThumbnail: (jpeg: Uint8Array) => void): void {
  const tiff = openTiff(bytes)
  // A directory that cannot be read may hold coordinates, so everything except the orientation is overwritten.
  if (!tiff || !isReadable(tiff)) return blankTiff(bytes)
  for (const directory of directoriesOf(tiff)) {
    const entries = readTiffEntries(tiff, directory)
    for (const { tag, number } of entries)
      if (tag === tiffTags.exifDirectory) blankLocationEntries(tiff, number)
    const thumbnailStart = entries.find(({ tag }) => tag === tiffTags.jpegOffset)?.number
    const thumbnailBytes = entries.find(({ tag }) => tag === tiffTags.jpegLength)?.number
    if (thumbnailStart !== undefined && thumbnailBytes !== undefined)
      editThumbnail(bytes.subarray(thumbnailStart, thumbnailStart + thumbnailBytes))
    blankLocationEntries(tiff, directory)
  }
}

function blankLocationEntries(tiff: TiffReader, directory: number): void {
  removeEntries(tiff, directory, (entry) => {
    if (!locationTags.has(entry.tag) || isAppleNote(tiff, entry)) return false
    if (entry.tag === tiffTags.gpsDirectory) blankDirectory(tiff, entry.number)
    else tiff.bytes.fill(0, entry.valueStart, entry.valueEnd)
    return true
  })
}

/** Removes the orientation of a WebP, because browsers ignore it there and other programs do not. */
export function removeOrientation(bytes: Uint8Array): void {
  const tiff = openTiff(bytes)
  if (!tiff) return
  for (const directory of directoriesOf(tiff))
    removeEntries(tiff, directory, ({ tag }) => tag === tiffTags.orientation)
}

/** Size of a TIFF that has only an orientation, in bytes. */
export const orientationTiffBytes = 26

/** Returns a TIFF that has only an orientation. */
export function createOrientationTiff(orientation: number): Uint8Array {
  const tiff = new Uint8Array(orientationTiffBytes)
  // A big-endian TIFF whose first directory, at offset 8, has one entry of type SHORT with one value.
  tiff.set([0x4d, 0x4d, 0, 0x2a, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation])
  return tiff
}

/** Overwrites a TIFF with one that has only the orientation of the picture. Keeps the length. */
export function blankTiff(bytes: Uint8Array): void {
  const orientation = orientationInTiff(bytes)
  bytes.fill(0)
  if (bytes.length >= orientationTiffBytes) bytes.set(createOrientationTiff(orientation))
}

/**
 * Adapts the EXIF to a picture that was encoded again. Sets the orientation to upright, and sets the given size.
 * Removes the thumbnail and the maker notes, which may describe the old picture.
 */
export function fitTiff(bytes: Uint8Array, width: number, height: number): void {
  const tiff = openTiff(bytes)
  const [firstDirectory, ...otherDirectories] = tiff ? directoriesOf(tiff) : []
  if (!tiff || firstDirectory === undefined) return
  for (const directory of otherDirectories) blankDirectory(tiff, directory)
  const exifDirectory = readTiffEntries(tiff, firstDirectory).find(
    ({ tag }) => tag === tiffTags.exifDirectory,
  )?.number
  for (const directory of exifDirectory === undefined ? [firstDirectory] : [firstDirectory, exifDirectory]) {
    removeEntries(tiff, directory, ({ tag, valueStart, valueEnd }) => {
      if (tag !== tiffTags.makerNote) return false
      bytes.fill(0, valueStart, valueEnd)
      return true
    })
    for (const entry of readTiffEntries(tiff, directory)) {
      if (entry.tag === tiffTags.orientation) writeNumber(tiff, entry, 1)
      if (entry.tag === tiffTags.width || entry.tag === tiffTags.exifWidth) writeNumber(tiff, entry, width)
      if (entry.tag === tiffTags.height || entry.tag === tiffTags.exifHeight) writeNumber(tiff, entry, height)
    }
  }
  const nextDirectoryStart = endOfEntries(tiff, firstDirectory)
  if (nextDirectoryStart + 4 <= bytes.length) tiff.view.setUint32(nextDirectoryStart, 0, tiff.isLittleEndian)
}

/** Writes a number in the type of its entry, SHORT or LONG. */
function writeNumber({ view, isLittleEndian }: TiffReader, { start }: TiffEntry, value: number): void {
  if (view.getUint16(start + 2, isLittleEndian) === 3) view.setUint16(start + 8, value, isLittleEndian)
  else view.setUint32(start + 8, value, isLittleEndian)
}

function endOfEntries({ view, isLittleEndian }: TiffReader, directory: number): number {
  return directory + 2 + 12 * view.getUint16(directory, isLittleEndian)
}
