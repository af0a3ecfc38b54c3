import { createStore } from 'zustand/vanilla'
import type { StoreApi } from 'zustand/vanilla'
import type { UploadError } from '../protocol/errors.ts'
import type { ImageCrop, ImageInfo, Meta } from '../protocol/ticket.ts'
import type { UploadItem } from './item.ts'
import type { ConfirmUpload } from './ports.ts'
import type { UploadState } from './machine/state.ts'

/** The uploader's internal record of an item. */
export interface ItemRecord<Result> {
  readonly id: string
  readonly file: File
  /** The file that is sent: the result of `prepare`. */
  preparedFile: File
  state: UploadState<Result>
  /** Whether the size was checked. Sizes of many files are checked after the files were added. */
  isMeasured?: boolean
  /** Whether `validate` accepted the file. */
  isValid?: boolean
  /** With `multiple: false`: the record that this file replaced. Undefined once `validate` has accepted this file. */
  replacedRecord?: ItemRecord<Result> | undefined
  /** The name and the metadata that `update` set. */
  newName?: string | undefined
  meta?: Meta | undefined
  /** Size and placeholder of the picture that is sent. */
  image?: ImageInfo | undefined
  /** The crop that the preparation or `update` set. */
  crop?: ImageCrop | undefined
  /** Whether `onRemove` was called and has not answered. */
  removing?: boolean
  removeError?: UploadError | undefined
  /** Replaces `confirm` of the endpoints for this file. */
  readonly confirm?: ConfirmUpload<Result> | undefined
  /** Time of the last event of this upload, or of its creation, in epoch milliseconds. */
  lastEventAt: number
  readonly store: StoreApi<UploadItem<Result>>
  /** Aborts the effect of the current step. */
  controller?: AbortController | undefined
  /**
   * Pending while the backend has not answered the call of `failed`. A retry waits for the answer, which decides the
   * step that the retry starts with.
   */
  failureReport?: Promise<void> | undefined
  /** Releases the connection that this upload uses. */
  release?: (() => void) | undefined
}

/**
 * Creates the record of a file that was added at `addedAt` (epoch milliseconds). If `held`, the file waits for
 * `start`.
 */
export function createItemRecord<Result>(
  id: string,
  file: File,
  addedAt: number,
  held: boolean,
  confirm?: ConfirmUpload<Result>,
): ItemRecord<Result> {
  const state = { status: 'idle', canceled: false, held } as const
  const store = createStore<UploadItem<Result>>((_set, _get, itemStore) => ({
    id,
    file,
    name: file.name,
    meta: undefined,
    removing: false,
    removeError: undefined,
    store: itemStore,
    ...state,
  }))
  return { id, file, preparedFile: file, state, lastEventAt: addedAt, store, confirm }
}

export function releaseConnection<Result>(record: ItemRecord<Result>) {
  record.release?.()
  record.release = undefined
}

const extensionPattern = /\.[a-z\d]+$/i

/**
 * Returns the new name of a file with the extension of the file that is sent. The extension cannot be changed, because
 * the type of a file may be guessed from it.
 */
export function withExtensionOf(name: string, file: File, preparedFile: File = file): string {
  const [ownExtension] = extensionPattern.exec(file.name) ?? ['']
  const baseName =
    ownExtension && name.toLowerCase().endsWith(ownExtension.toLowerCase())
      ? name.slice(0, -ownExtension.length)
      : name
  return baseName + (extensionPattern.exec(preparedFile.name)?.[0] ?? '')
}
