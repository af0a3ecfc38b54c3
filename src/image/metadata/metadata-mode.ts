/**
 * Handling of a picture's metadata.
 *
 * - `keep`: changes nothing.
 * - `strip-location`: removes coordinates and names of places, with every block that may hold them: XMP, IPTC, maker notes.
 *   Date, camera and exposure stay.
 * - `strip`: removes all metadata.
 *
 * Pixels, color profile and gain map stay in each case. Orientation stays too, except in WebP, where browsers ignore it.
 */
export type MetadataMode = 'keep' | 'strip-location' | 'strip'

/** A mode that changes bytes. */
export type StripMode = Exclude<MetadataMode, 'keep'>
