/** Code that parts need once the page is interactive, in one chunk: live region and focus. */
export { announceText, registerLiveRegion } from '../a11y/live-announcer.ts'
export { withLazyMessages } from '../i18n/complete-texts.ts'
export { prepareWithImage } from '../image/prepare-with-image.ts'
export { Replace } from './replace.tsx'
export { restoreFocus } from './restore-focus.ts'
export { Speed } from './speed.tsx'
