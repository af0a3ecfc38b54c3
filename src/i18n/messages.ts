import type { UploadError, UploadErrorCode } from '../protocol/errors.ts'
import type { NumberFormatters } from './number-format.ts'

/** The text for an error, or a function that makes it, usually from `error.details`. */
export type ErrorText = string | ((error: UploadError, formatters: NumberFormatters) => string)

/** English texts of the initial bundle. `en` also has those of code that loads later. */
export const initialEnglish = {
  locale: 'en',
  /**
   * Texts by error code, instead of the English sentences in `src/protocol/error-codes.ts` and, for errors with
   * details, in `src/protocol/error-text.ts`.
   */
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

  // Statuses
  unavailable: 'Image not available',

  // Forms
  missingFiles: (minimum: number, { number }: NumberFormatters) =>
    minimum === 1 ? 'Add a file.' : `Add at least ${number(minimum)} files.`,
}
