import { firstEnglish } from './messages.ts'
import type { Numbers } from './numbers.ts'
import { useTexts } from './texts.tsx'
import type { Texts } from './texts.tsx'

/** English texts of code that loads later or that the app imports. */
export const laterEnglish = {
  // Names of regions
  progress: 'Upload progress',
  rejections: 'Files that were not added',

  // Statuses
  speed: (size: string) => `${size}/s`,
  left: (duration: string) => `${duration} left`,
  summary: (done: number, total: number, { number }: Numbers) =>
    done === total ? `${number(total)} uploaded` : `${number(done)} of ${number(total)} uploaded`,
  failures: (count: number, { number }: Numbers) => `${number(count)} failed`,

  // Buttons
  dismiss: 'Dismiss',
  cancelAll: 'Cancel all',
  dismissAll: 'Dismiss all',
  expand: 'Show uploads',
  collapse: 'Hide uploads',
  replaceOf: (name: string) => `Replace ${name}`,
  dismissOf: (name: string) => `Dismiss ${name}`,
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
  noFile: 'No file was dropped. Save it on your device, then choose it here.',
  moved: (name: string, place: number, of: number, { number }: Numbers) =>
    `${name}, ${number(place)} of ${number(of)}.`,

  // Forms
  missing: (least: number, { number }: Numbers) =>
    least === 1 ? 'Add an image.' : `Add at least ${number(least)} images.`,
  stopped: 'Retry or remove the failed uploads, then submit again.',
  submitWaits: 'The form is submitted as soon as the uploads are done.',
}

/** English texts. An error shows its own `text` unless `errors` has one for its code. */
export const english = { ...firstEnglish, ...laterEnglish }

/**
 * Every text that the components show or announce. Replace single texts with `messages`, or all of them with `ko`.
 */
export type Messages = typeof english

export interface AllTexts extends Texts {
  readonly messages: Messages
}

/** Completes the current texts with those that load later. */
export const allOf = (texts: Texts): AllTexts => ({
  ...texts,
  messages: { ...laterEnglish, ...texts.messages },
})

export const useAllTexts = () => allOf(useTexts())
