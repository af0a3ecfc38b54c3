/** The headless parts, as the namespace `Upload`: what `src/index.ts` exports under that name, and nothing else. */
export { Cancel, Handle, Open, Remove, Retry } from './parts/actions.tsx'
export { Dropzone, Input, Trigger } from './parts/dropzone.tsx'
export { Failure as Error, Item, Name, Preview, Progress, Size, Status } from './parts/item.tsx'
export { List, Rejections, Undo } from './parts/list.tsx'
export { Live } from './parts/live.tsx'
export { Root } from './parts/root.tsx'
export { Speed } from './parts/speed.tsx'
export { FieldNotice as Notice, Value } from './Value.tsx'
