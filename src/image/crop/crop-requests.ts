import { cropOfView } from './crop.ts'
import type { Crop, CropOptions, CropView, PixelSize } from './crop.ts'

/** A file that waits until the user has chosen its crop. */
export interface CropRequest {
  readonly file: File
  /** Size of the upright picture. Undefined if it is known only after decoding. */
  readonly size: PixelSize | undefined
  readonly options: CropOptions
  /** Returns a picture that this browser can show, from a file that it cannot show. Undefined if there is no decoder. */
  readonly decode: ((signal: AbortSignal) => Promise<Blob>) | undefined
  readonly settle: (choice: CropChoice) => void
  readonly choice: Promise<CropChoice>
}

type CropRequestDetails = Pick<CropRequest, 'size' | 'options' | 'decode'>

/** The choice of the user. `dropped`: the file is removed. */
export type CropChoice = { readonly crop: Crop | undefined } | 'dropped'

/**
 * Time in milliseconds for which a request waits after its caller has aborted. The uploader calls `validate` again when a
 * waiting file starts, and the dialog must stay open meanwhile.
 */
const abandonedMs = 500

/** The choices. They are kept by file, because `validate` and `prepare` get only the file. */
const choices = new WeakMap<File, { readonly crop: Crop | undefined }>()
const viewsForAll = new WeakMap<File, CropView>()
let waitingCrops: readonly CropRequest[] = []
const callerCounts = new WeakMap<CropRequest, number>()
const listeners = new Set<() => void>()

function notify() {
  for (const listener of listeners) listener()
}

/** Calls a listener when a file waits for a crop, and when a crop changes. Returns a cleanup function. */
export function subscribeToCrops(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** The files that wait, in the order in which they were chosen. The same array until it changes. */
export const listCropRequests = () => waitingCrops

/** Returns the crop of a file. Undefined if the whole picture is shown. */
export const cropOf = (file: File): Crop | undefined => choices.get(file)?.crop

export const isCropChosen = (file: File): boolean => choices.has(file)

export function setCrop(file: File, crop: Crop | undefined) {
  choices.set(file, { crop })
  notify()
}

/** Uses a view for files that have no crop yet, so that no dialog opens for them. */
export function setViewForAll(files: readonly File[], view: CropView) {
  for (const file of files) viewsForAll.set(file, view)
  for (const { file, size, options, settle } of waitingCrops)
    if (size && files.includes(file)) settle({ crop: cropOfView(view, size, options.aspect) })
}

export const viewForAllOf = (file: File): CropView | undefined => viewsForAll.get(file)

/** Waits until the user has chosen the crop of a file. Rejects with the reason of the signal when it aborts. */
export async function requestCrop(
  file: File,
  details: CropRequestDetails,
  signal: AbortSignal,
): Promise<CropChoice> {
  const request = waitingCrops.find((each) => each.file === file) ?? addRequest(file, details)
  const countCaller = (change: 1 | -1) =>
    callerCounts.set(request, (callerCounts.get(request) ?? 0) + change).get(request)
  countCaller(1)
  const aborted = new Promise<never>((_resolve, reject) => {
    const abort = () => reject(signal.reason)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
  })
  try {
    return await Promise.race([request.choice, aborted])
  } finally {
    if (countCaller(-1) === 0)
      setTimeout(() => callerCounts.get(request) === 0 && removeRequest(request), abandonedMs)
  }
}

function addRequest(file: File, details: CropRequestDetails): CropRequest {
  let settle: CropRequest['settle'] = () => {}
  const choice = new Promise<CropChoice>((resolve) => {
    settle = resolve
  })
  const request: CropRequest = {
    ...details,
    file,
    choice,
    settle: (userChoice) => {
      if (userChoice !== 'dropped') choices.set(file, userChoice)
      settle(userChoice)
      removeRequest(request)
    },
  }
  waitingCrops = [...waitingCrops, request]
  notify()
  return request
}

function removeRequest(request: CropRequest) {
  if (!waitingCrops.includes(request)) return
  waitingCrops = waitingCrops.filter((each) => each !== request)
  notify()
}
