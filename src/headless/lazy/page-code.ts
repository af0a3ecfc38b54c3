/**
 * Code that components need once the page is interactive, in one chunk: live region, focus, drops, and components that
 * are not rendered at first.
 */
export { announceText, registerLiveRegion } from '../../a11y/live-announcer.ts'
export { withLazyMessages } from '../../i18n/complete-texts.ts'
export { addInSlices } from './add-in-slices.ts'
export { announceRemoval } from '../announce-removal.ts'
export { dragStateOf } from '../drop/drag-preview.ts'
export { CameraTrigger, FolderTrigger } from '../drop/input-triggers.tsx'
export { joinPage } from '../drop/drop-events.ts'
export { watchInput } from '../drop/watch-input.ts'
export { watchRows } from '../rows/watch-rows.ts'
export { recropWithImage, prepareWithImage, validateWithImage } from '../../image/prepare-with-image.ts'
export { Replace } from '../replace.tsx'
export { Speed } from '../speed.tsx'
export { undoByKey } from '../undo-by-key.ts'
