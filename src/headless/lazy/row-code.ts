/** Code that rows need, in one chunk: icons, thumbnails, long lists, reordering and the lightbox. */
export { Lightbox } from '../lightbox/Lightbox.tsx'
export { placeBeside } from '../menu.ts'
export { reorder } from '../reorder.ts'
export { slideNeighbors } from '../rows/slide.ts'
export { iconOf } from '../thumbnails/file-kind.ts'
export { showThumbnail } from '../thumbnails/thumbnail-queue.ts'
export { watchVisibleRows } from '../virtual/virtual-window.ts'
