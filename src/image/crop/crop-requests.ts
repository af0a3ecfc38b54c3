import { cropOfView } from './crop.ts'
import type { Crop, CropOptions, CropView, PixelSize } from './crop.ts'

/** A picture that waits until the user has chosen its crop. */
export interface CropRequest {
  /** A file, or the URL of a stored image. */
  readonly source: File | string
  /** Size of the upright picture. Undefined if it is known only after decoding. */
  readonly size: PixelSize | undefined
  readonly options: CropOptions
  /** Returns a picture that this browser can show, from a file that it cannot show. Undefined if there is no decoder. */
  readonly decode: ((signal: AbortSignal) => Promise<Blob>) | undefined
  /** The crop that is shown first. Default: that of the file, else the largest area. */
  readonly crop?: Crop | undefined
  /** The store of the list whose dialog opens. Default: the list that has the file. */
  readonly owner?: object | undefined
  readonly settle: (choice: CropChoice) => void
  readonly choice: Promise<CropChoice>
}

type CropRequestDetails = Omit<CropRequest, 'source' | 'settle' | 'choice'>

/**
 * The choice of the user. `size` is the size of the upright picture that the dialog has shown. `dropped`: the user closed the
 * dialog, so a new file is removed, and an older crop stays.
 */
export type CropChoice = { readonly crop: Crop | undefined; readonly size?: PixelSize } | 'dropped'

/**
 * Time in milliseconds for which a request waits after its caller has aborted. The uploader calls `validate` again when a
 * waiting file starts, and the dialog must stay open meanwhile.
 */
const abandonedMs = 500

/** The choices. They are kept by file, because `validate` and `prepare` get only the file. */
const choices = new WeakMap<File, Exclude<CropChoice, 'dropped'>>()
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

interface DecodedPicture {
  readonly picture: Blob
  /** Whether the picture is only the crop of the file. */
  readonly isCropped: boolean
}

/** Pictures of files that the browser cannot show, such as a HEIC that the app has decoded. */
const decodedPictures = new WeakMap<File, DecodedPicture>()

/** Lets previews show a picture instead of its file. */
export function setDecodedPicture(file: File, decoded: DecodedPicture) {
  decodedPictures.set(file, decoded)
  notify()
}

/** Returns what a preview of a file shows: a picture, and the part of it. Undefined as `crop` shows all. */
export function previewOf(file: File): { readonly picture: Blob; readonly crop: Crop | undefined } {
  const decoded = decodedPictures.get(file)
  return { picture: decoded?.picture ?? file, crop: decoded?.isCropped ? undefined : cropOf(file) }
}

/** Returns the size that a file had in the dialog. Undefined if the dialog was not needed. */
export const croppedSizeOf = (file: File): PixelSize | undefined => choices.get(file)?.size

export const isCropChosen = (file: File): boolean => choices.has(file)

export function setCrop(file: File, crop: Crop, size: PixelSize) {
  choices.set(file, { crop, size })
  notify()
}

/** Uses a view for files that have no crop yet, so that no dialog opens for them. */
export function setViewForAll(files: readonly File[], view: CropView) {
  for (const file of files) viewsForAll.set(file, view)
  for (const { source, size, options, settle } of waitingCrops)
    if (size && files.some((file) => file === source))
      settle({ crop: cropOfView(view, size, options.aspect), size })
}

export const viewForAllOf = (file: File): CropView | undefined => viewsForAll.get(file)

/** Waits until the user has chosen the crop of a picture. Rejects with the reason of the signal when it aborts. */
export async function requestCrop(
  source: File | string,
  details: CropRequestDetails,
  signal: AbortSignal,
): Promise<CropChoice> {
  const request = waitingCrops.find((each) => each.source === source) ?? addRequest(source, details)
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

function addRequest(source: File | string, details: CropRequestDetails): CropRequest {
  let settle: CropRequest['settle'] = () => {}
  const choice = new Promise<CropChoice>((resolve) => {
    settle = resolve
  })
  const request: CropRequest = {
    ...details,
    source,
    choice,
    settle: (userChoice) => {
      if (userChoice !== 'dropped' && typeof source !== 'string') choices.set(source, userChoice)
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
