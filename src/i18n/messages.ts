import type { UploadError, UploadErrorCode } from '../protocol/errors.ts'
import type { NumberFormatters } from './number-format.ts'

/** The text for an error, or a function that makes it, usually from `error.details`. */
export type ErrorText = string | ((error: UploadError, formatters: NumberFormatters) => string)

/** English texts of the initial bundle. `en` also has those of code that loads later. */
export const initialEnglish = {
  locale: 'en',
  errors: {} as { readonly [Code in UploadErrorCode]?: ErrorText },

  // Choosing files
  chooseFile: 'Choose a file',
  chooseFiles: 'Choose files',
  chooseImage: 'Choose image',
  chooseImages: 'Add images',
  replace: 'Replace',
  dropFile: 'or drop it here',
  dropFiles: 'or drop them here',
  dropNow: 'Drop to upload',
  wrongType: 'This type of file is not accepted',
  full: (limit: number, { number }: NumberFormatters) =>
    limit === 1 ? 'Only one file' : `Limit of ${number(limit)} reached`,
  count: (count: number, limit: number | undefined, { number }: NumberFormatters) =>
    limit === undefined ? number(count) : `${number(count)} of ${number(limit)}`,

  // Accessible names of regions, lists and progress bars
  image: 'Image',
  images: 'Images',
  file: 'File',
  files: 'Files',
  uploads: 'Uploads',
  progressOf: (name: string) => `Upload of ${name}`,

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
  unavailable: 'Image not available',
  notRemoved: (reason: string) => `Not removed. ${reason}`,

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
  moveOf: (name: string) => `Move ${name}`,
  undoOf: (name: string) => `Undo: ${name}`,
  moveHint: 'Use the arrow keys',

  // Forms
  missingFiles: (minimum: number, { number }: NumberFormatters) =>
    minimum === 1 ? 'Add a file.' : `Add at least ${number(minimum)} files.`,
}
