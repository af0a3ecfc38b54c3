/** Code of fields and drop areas that is needed once the page is interactive, in one chunk. */
export { ListActions } from './ListActions.tsx'
export { TileError } from './ImageUploader/TileError.tsx'
export { LoadedDropNotes as Notes } from './Dropzone/DropNotes.tsx'
export { RejectionList } from './RejectionList.tsx'
