/** Code of fields, drop areas and lists that is needed once the page is interactive, in one chunk. */
export { PreviewTrigger } from '../headless/actions.tsx'
export { ListActions } from './ListActions.tsx'
export { CardActions, CardRetry } from './ImageUploader/CardActions.tsx'
export { UploadOverlay } from './ImageUploader/UploadOverlay.tsx'
export { LoadedDropNotes as Notes } from './Dropzone/DropNotes.tsx'
export { FieldParts } from './UploaderField/FieldParts.tsx'
export { Actions } from './RowActions.tsx'
export { RowStatus } from './RowStatus.tsx'
