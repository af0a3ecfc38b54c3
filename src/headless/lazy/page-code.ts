/**
 * Code that components need once the page is interactive, in one chunk: live region, focus, drops, and components that
 * are not rendered at first.
 */
export { announceText, registerLiveRegion } from '../../a11y/live-announcer.ts'
export { withLazyMessages } from '../../i18n/complete-texts.ts'
export { announceRemoval } from '../announce-removal.ts'
export { dragStateOf } from '../drop/drag-preview.ts'
export { FolderTrigger } from '../drop/folder-trigger.tsx'
export { joinPage } from '../drop/page-drop.ts'
export { prepareWithImage, validateWithImage } from '../../image/prepare-with-image.ts'
export { Replace } from '../replace.tsx'
export { restoreFocus } from '../restore-focus.ts'
export { Speed } from '../speed.tsx'
export { undoByKey } from '../undo-by-key.ts'
