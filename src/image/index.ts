export { image } from './image.ts'
export type { ImageOptions } from './image.ts'
export type { MetadataMode } from './metadata/metadata-mode.ts'
