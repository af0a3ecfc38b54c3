/** Makes pictures smaller and removes metadata before an upload. Entry `putaway/image`. */
export { image } from './image.ts'
export type { HeicDecoder, ImageOptions, ImagePreset, PrepareImage } from './image.ts'
export type { MetadataMode } from './metadata/metadata-mode.ts'
