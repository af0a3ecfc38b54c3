import type { UploadErrorCode } from '../protocol/errors.ts'
import type { NumberFormatters } from './number-format.ts'

type ShortReasons = { readonly [Code in UploadErrorCode]?: string }

/** English texts of code that loads later or that the app imports. */
export const lazyEnglish = {
  // Accessible names of regions, lists and progress bars
  progress: 'Upload progress',
  progressOf: (name: string) => `Upload of ${name}`,
  rejections: 'Files that were not added',
  moreRejections: (count: number, { number }: NumberFormatters) => `and ${number(count)} more`,

  // Statuses
  queued: 'Waiting',
  held: 'Not started',
  canceled: 'Canceled',
  preparing: 'Preparing',
  starting: 'Starting',
  uploading: (percent: string) => `Uploading, ${percent}`,
  paused: 'Paused',
  finishing: 'Finishing',
  checking: 'Checking',
  retrying: 'Trying again…',
  offline: 'Offline',
  done: 'Uploaded',
  notRemoved: (reason: string) => `Not removed. ${reason}`,
  speed: (size: string) => `${size}/s`,
  left: (duration: string) => `${duration} left`,
  summary: (done: number, total: number, { number }: NumberFormatters) =>
    done === total ? `${number(total)} uploaded` : `${number(done)} of ${number(total)} uploaded`,
  failures: (count: number, { number }: NumberFormatters) => `${number(count)} failed`,

  /** Reasons of failures in a few words, by error code, where there is no room for a sentence. */
  shortReasons: {
    'wrong-type': 'Wrong type',
    empty: 'Empty file',
    'too-small': 'Too small',
    'too-large': 'Too large',
    'too-many': 'Too many',
    'wrong-dimensions': 'Wrong size',
    unauthorized: 'Sign in first',
    forbidden: 'Not allowed',
    rejected: 'Not accepted',
    throttled: 'Too busy',
    unavailable: 'Server problem',
    expired: 'Interrupted',
    gone: 'Interrupted',
    'not-stored': 'Interrupted',
    mismatch: 'Interrupted',
    network: 'Connection lost',
    stalled: 'Connection lost',
    offline: 'Offline',
    unreadable: 'Unreadable',
  } as ShortReasons,
  failedShort: 'Failed',

  // Buttons
  cancel: 'Cancel',
  retry: 'Retry',
  remove: 'Remove',
  undo: 'Undo',
  open: 'Open',
  close: 'Close',
  move: 'Move',
  cancelOf: (name: string) => `Cancel ${name}`,
  retryOf: (name: string) => `Retry ${name}`,
  removeOf: (name: string) => `Remove ${name}`,
  openOf: (name: string) => `Open ${name}`,
  openInNewTab: (name: string) => `${name}, opens in a new tab`,
  moveOf: (name: string) => `Move ${name}`,
  undoOf: (name: string) => `Undo: ${name}`,
  moveHint: 'Use the arrow keys',
  chooseFolder: 'Choose a folder',
  takePhoto: 'Take a photo',
  dismiss: 'Dismiss',
  retryAll: 'Retry failed',
  cancelAll: 'Cancel all',
  clearDone: 'Clear completed',
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
  next: 'Next image',
  previous: 'Previous image',
  moveFirst: 'Move first',
  moveEarlier: 'Move earlier',
  moveLater: 'Move later',
  moveLast: 'Move last',
  replaceOf: (name: string) => `Replace ${name}`,
  dismissOf: (name: string) => `Dismiss ${name}`,
  removed: (name: string) => `${name} removed`,
  undoAvailable: (removed: string) => `${removed}. Undo available.`,

  // Announcements
  added: (count: number, name: string, { number }: NumberFormatters) =>
    count === 1 ? `${name} added.` : `${number(count)} files added.`,
  started: (count: number, name: string, { number }: NumberFormatters) =>
    count === 1 ? `Uploading ${name}.` : `Uploading ${number(count)} files.`,
  finished: (count: number, total: number, name: string, { number }: NumberFormatters) => {
    if (total === 1) return `${name} uploaded.`
    return count === total
      ? `All ${number(total)} files uploaded.`
      : `${number(count)} of ${number(total)} files uploaded.`
  },
  underway: (percent: string) => `${percent} uploaded.`,
  checkStarted: (count: number, name: string, { number }: NumberFormatters) =>
    count === 1 ? `Checking ${name}.` : `Checking ${number(count)} files.`,
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
  /** Beside the label of a field that must have files. */
  required: 'required',
  missing: (minimum: number, { number }: NumberFormatters) =>
    minimum === 1 ? 'Add an image.' : `Add at least ${number(minimum)} images.`,
  stopped: 'Retry or remove the failed uploads, then submit again.',
  stoppedForGood: 'Remove the failed uploads, then submit again.',
  notSubmitted: 'The form was not submitted, because a file was not added.',
  submitPending: 'The form is submitted as soon as the uploads are done.',
}
