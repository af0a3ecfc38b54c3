/** Code of fields and drop areas that is needed once the page is interactive, in one chunk. */
export { FolderNotes } from './Dropzone/FolderNotes.tsx'
export { RejectionList } from './RejectionList.tsx'
