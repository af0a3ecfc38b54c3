import { initialEnglish } from './messages.ts'
import type { NumberFormatters } from './number-format.ts'

/** English texts of code that loads later or that the app imports. */
export const lazyEnglish = {
  // Accessible names of page regions
  progress: 'Upload progress',
  rejections: 'Files that were not added',

  // Statuses
  speed: (size: string) => `${size}/s`,
  left: (duration: string) => `${duration} left`,
  summary: (done: number, total: number, { number }: NumberFormatters) =>
    done === total ? `${number(total)} uploaded` : `${number(done)} of ${number(total)} uploaded`,
  failures: (count: number, { number }: NumberFormatters) => `${number(count)} failed`,

  // Buttons
  chooseFolder: 'Choose a folder',
  dismiss: 'Dismiss',
  cancelAll: 'Cancel all',
  start: 'Start',
  startAll: 'Start all',
  startOf: (name: string) => `Start ${name}`,
  pause: 'Pause',
  pauseAll: 'Pause all',
  pauseOf: (name: string) => `Pause ${name}`,
  resume: 'Resume',
  resumeAll: 'Resume all',
  resumeOf: (name: string) => `Resume ${name}`,
  dismissAll: 'Dismiss all',
  expand: 'Show uploads',
  collapse: 'Hide uploads',
  replaceOf: (name: string) => `Replace ${name}`,
  dismissOf: (name: string) => `Dismiss ${name}`,
  removed: (name: string) => `${name} removed`,
  undoAvailable: (removed: string) => `${removed}. Undo available.`,

  // Announcements
  started: (count: number, name: string, { number }: NumberFormatters) =>
    count === 1 ? `Uploading ${name}.` : `Uploading ${number(count)} files.`,
  finished: (count: number, total: number, name: string, { number }: NumberFormatters) => {
    if (total === 1) return `${name} uploaded.`
    return count === total
      ? `All ${number(total)} files uploaded.`
      : `${number(count)} of ${number(total)} files uploaded.`
  },
  underway: (percent: string) => `${percent} uploaded.`,
  failed: (count: number, name: string, reason: string, { number }: NumberFormatters) =>
    count === 1 ? `${name} failed. ${reason}` : `${number(count)} files failed. ${reason}`,
  rejected: (count: number, name: string, reason: string, { number }: NumberFormatters) =>
    count === 1 ? `${name} was not added. ${reason}` : `${number(count)} files were not added. ${reason}`,
  noFile: 'No file was dropped. Save it on your device, then choose it here.',
  reading: (count: number, { number }: NumberFormatters) =>
    count === 1 ? 'Reading folder, 1 file' : `Reading folder, ${number(count)} files`,
  leftOut: (count: number, { number }: NumberFormatters) =>
    count === 1 ? '1 system file was left out.' : `${number(count)} system files were left out.`,
  moved: (name: string, position: number, total: number, { number }: NumberFormatters) =>
    `${name}, ${number(position)} of ${number(total)}.`,

  // Forms
  missing: (minimum: number, { number }: NumberFormatters) =>
    minimum === 1 ? 'Add an image.' : `Add at least ${number(minimum)} images.`,
  stopped: 'Retry or remove the failed uploads, then submit again.',
  stoppedForGood: 'Remove the failed uploads, then submit again.',
  submitPending: 'The form is submitted as soon as the uploads are done.',
}

/** English texts. An error shows its own `text` unless `errors` has one for its code. */
export const en = { ...initialEnglish, ...lazyEnglish }

/**
 * Every text that the components show or announce. To replace single texts, use the option `messages`. To replace all
 * of them, pass for example `ko`.
 */
export type Messages = typeof en
