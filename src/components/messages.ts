import type { Rules } from '../core/rules.ts'
import type { UploadError, UploadErrorCode } from '../protocol/errors.ts'
import type { Numbers } from './numbers.ts'

/** The text for an error, or how to make it. `rules` are those of the uploader that refused a file, where one did. */
export type ErrorText = string | ((error: UploadError, numbers: Numbers, rules: Rules | undefined) => string)

/** Every text that the components show or say. Each can be replaced by `messages`; `korean` replaces them all. */
export type Messages = typeof english

/** English. What people read of an error is its own `text`, unless `errors` has one for its code. */
export const english = {
  locale: 'en',
  errors: {} as { readonly [Code in UploadErrorCode]?: ErrorText },

  // Choosing
  chooseFile: 'Choose a file',
  chooseFiles: 'Choose files',
  chooseImage: 'Choose image',
  chooseImages: 'Add images',
  replace: 'Replace',
  dropFile: 'or drop it here',
  dropFiles: 'or drop them here',
  dropNow: 'Drop to upload',
  wrongType: 'This type of file is not accepted',
  full: (limit: number, { number }: Numbers) =>
    limit === 1 ? 'Only one file' : `Limit of ${number(limit)} reached`,
  count: (count: number, limit: number | undefined, { number }: Numbers) =>
    limit === undefined ? number(count) : `${number(count)} of ${number(limit)}`,

  // Names of regions
  image: 'Image',
  images: 'Images',
  uploads: 'Uploads',
  progress: 'Upload progress',
  progressOf: (name: string) => `Upload of ${name}`,
  rejections: 'Files that were not added',

  // Statuses
  waiting: 'Waiting',
  canceled: 'Canceled',
  preparing: 'Preparing',
  starting: 'Starting',
  uploading: (percent: string) => `Uploading, ${percent}`,
  paused: 'Paused',
  finishing: 'Finishing',
  done: 'Uploaded',
  speed: (size: string) => `${size}/s`,
  left: (duration: string) => `${duration} left`,
  summary: (done: number, total: number, { number }: Numbers) =>
    done === total ? `${number(total)} uploaded` : `${number(done)} of ${number(total)} uploaded`,
  failures: (count: number, { number }: Numbers) => `${number(count)} failed`,

  // Buttons
  cancel: 'Cancel',
  retry: 'Retry',
  remove: 'Remove',
  dismiss: 'Dismiss',
  undo: 'Undo',
  open: 'Open',
  close: 'Close',
  move: 'Move',
  cancelAll: 'Cancel all',
  retryAll: 'Retry failed',
  dismissAll: 'Dismiss all',
  expand: 'Show uploads',
  collapse: 'Hide uploads',
  cancelOf: (name: string) => `Cancel ${name}`,
  retryOf: (name: string) => `Retry ${name}`,
  removeOf: (name: string) => `Remove ${name}`,
  dismissOf: (name: string) => `Dismiss ${name}`,
  openOf: (name: string) => `Open ${name}`,
  moveOf: (name: string) => `Move ${name}`,
  moveHow: 'Use the arrow keys',
  removed: (name: string) => `${name} removed`,

  // Announcements
  started: (count: number, name: string, { number }: Numbers) =>
    count === 1 ? `Uploading ${name}.` : `Uploading ${number(count)} files.`,
  arrived: (count: number, of: number, name: string, { number }: Numbers) => {
    if (of === 1) return `${name} uploaded.`
    return count === of
      ? `All ${number(of)} files uploaded.`
      : `${number(count)} of ${number(of)} files uploaded.`
  },
  underway: (percent: string) => `${percent} uploaded.`,
  failed: (count: number, name: string, reason: string, { number }: Numbers) =>
    count === 1 ? `${name} failed. ${reason}` : `${number(count)} files failed. ${reason}`,
  rejected: (count: number, name: string, reason: string, { number }: Numbers) =>
    count === 1 ? `${name} was not added. ${reason}` : `${number(count)} files were not added. ${reason}`,
  moved: (name: string, place: number, of: number, { number }: Numbers) =>
    `${name}, ${number(place)} of ${number(of)}.`,

  // Forms
  missing: (least: number, { number }: Numbers) =>
    least === 1 ? 'Add an image.' : `Add at least ${number(least)} images.`,
  stopped: 'Retry or remove what failed, then submit again.',
  submitWaits: 'The form is submitted as soon as the uploads are done.',
}
