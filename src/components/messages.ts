import { formatSize } from '../protocol/limits.ts'

const percents = new Intl.NumberFormat('en', { style: 'percent' })

/** Every text that the components show or say. What people read of an error is the error's own `text`. */
export const messages = {
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
  full: (limit: number) => (limit === 1 ? 'Only one file' : `Limit of ${limit} reached`),
  count: (count: number, limit: number | undefined) =>
    limit === undefined ? `${count}` : `${count} of ${limit}`,

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

  // Buttons
  cancel: 'Cancel',
  retry: 'Retry',
  remove: 'Remove',
  dismiss: 'Dismiss',
  cancelOf: (name: string) => `Cancel ${name}`,
  retryOf: (name: string) => `Retry ${name}`,
  removeOf: (name: string) => `Remove ${name}`,
  dismissOf: (name: string) => `Dismiss ${name}`,
  dismissAll: 'Dismiss all',

  // Announcements
  started: (count: number, name: string) =>
    count === 1 ? `Uploading ${name}.` : `Uploading ${count} files.`,
  arrived: (count: number, of: number, name: string) => {
    if (of === 1) return `${name} uploaded.`
    return count === of ? `All ${of} files uploaded.` : `${count} of ${of} files uploaded.`
  },
  failed: (count: number, name: string, reason: string) =>
    count === 1 ? `${name} failed. ${reason}` : `${count} files failed. ${reason}`,
  rejected: (count: number, name: string, reason: string) =>
    count === 1 ? `${name} was not added. ${reason}` : `${count} files were not added. ${reason}`,

  // Numbers
  size: (bytes: number) => formatSize(bytes, 'en'),
  percent: (fraction: number) => percents.format(fraction),
}
