import type { ReadonlyStore, UploadItem } from '../core/item.ts'
import type { UploaderOptions } from '../core/options.ts'
import type { Rejection } from '../core/rules.ts'
import type { AddOptions, ItemChange, Uploader } from '../core/uploader-types.ts'
import type { FieldValue, StoredImage } from './stored-image.ts'

/** Options of a form field. They may change from render to render. */
export interface FieldOptions<Result = unknown> extends FieldSettings {
  readonly uploader: FieldUploader<Result>
  /** The controlled value. Pass every value of `onChange` back. */
  readonly value?: FieldValue | undefined
  /** The initial images, restored when the form is reset. */
  readonly defaultValue?: FieldValue | undefined
  /**
   * Called when the value has changed: an upload is done, an image is removed or moved, or the form is reset. Never
   * called for progress. The value of a list is an array. The value of a single upload is an image or null.
   */
  onChange?(value: StoredImage[] | StoredImage | null): void
}

/** One image of a field: a stored image, or an upload. */
export type FieldEntry<Result = unknown> =
  | {
      readonly kind: 'stored'
      readonly id: string
      readonly image: StoredImage
      /**
       * Preview for an image without a `url`, for example if the user uploaded it in this field, removed it and pressed
       * Undo.
       */
      readonly file?: File | undefined
    }
  /** `item` is a snapshot. `item.store` has the current state. */
  | { readonly kind: 'upload'; readonly id: string; readonly item: UploadItem<Result> }

/**
 * Reason why the form cannot be submitted: `failed` (an upload failed), `missing` (no image) or `too-few` (fewer than
 * `minFiles`).
 */
export type FieldProblem = 'failed' | 'missing' | 'too-few'

/** State of a field that its form sets. */
interface FieldFormState {
  /**
   * The problem that stopped a submit and was shown to the user. Undefined once the problem is solved. `notice` is the
   * text of the problem.
   */
  readonly reportedProblem: FieldProblem | undefined
  readonly notice: string | undefined
  /** Whether a submit is waiting for uploads. */
  readonly submitPending: boolean
  /** Whether the form was submitted since the last change of the value. */
  readonly submitted: boolean
  /** Whether a `<fieldset disabled>` around the field disables it. */
  readonly fieldsetDisabled: boolean
}

export interface FieldState<Result = unknown> extends FieldFormState {
  /**
   * Entries in order. The array stays the same until entries are added, removed or moved. Status and progress are in
   * the store of each item.
   */
  readonly entries: readonly FieldEntry<Result>[]
  /** Stored images in order, as plain JSON. The same array until the value changes. */
  readonly value: readonly StoredImage[]
  /** The entry that `undo` restores. */
  readonly removed: FieldEntry<Result> | undefined
  /** Reason why the form cannot be submitted. Active uploads are not a reason, because a submit waits for them. */
  readonly problem: FieldProblem | undefined
  /** Whether an upload is active, queued or held. A submit starts held uploads, and waits for all uploads. */
  readonly pending: boolean
}

export interface FieldSettings {
  /** Name of the form value. Without a name the form submits no value. */
  readonly name?: string | undefined
  /** The `id` of the form, if the field is outside of it. */
  readonly form?: string | undefined
  /** Requires at least one image. */
  readonly required?: boolean | undefined
  /** Minimum number of images. Default: 0, or 1 with `required`. */
  readonly minFiles?: number | undefined
  /** Blocks changes, validation and submission of the value. */
  readonly disabled?: boolean | undefined
  /** Whether changes are blocked. The form still submits the value. */
  readonly readOnly?: boolean | undefined
  /**
   * Whether a submit starts held uploads, waits for unfinished uploads, and stops if an upload failed. Default: true
   * if the field has a `name`, a `value` or an `onChange`.
   */
  readonly waitForUploads?: boolean | undefined
}

/** The members of an uploader that a field uses. `useUpload` and `useMultiUpload` return one. */
export interface FieldUploader<Result = unknown> extends Pick<
  Uploader<Result>,
  'store' | 'start' | 'update' | 'remove' | 'requestRemove' | 'move' | 'clear'
> {
  readonly add: (
    files: Iterable<File>,
    addOptions?: Pick<AddOptions, 'taken' | 'takenSize' | 'keepRejections'>,
  ) => UploadItem<Result>[]
  readonly options: () => Pick<UploaderOptions<unknown>, 'multiple' | 'maxFiles' | 'onRemove'>
}

/** Stored images of a form value and an uploader's items, combined in one ordered list. */
export interface Field<Result = unknown> {
  readonly store: ReadonlyStore<FieldState<Result>>
  /**
   * Adds files by the uploader's rules. Stored images count toward `maxFiles`. If `replacedId` is set, the new file
   * replaces the entry with this id, and that entry does not count.
   */
  readonly add: (
    files: Iterable<File>,
    replacedId?: string,
    addOptions?: Pick<AddOptions, 'keepRejections'>,
  ) => UploadItem<Result>[]
  /**
   * Removes an entry from the list and from the value. Does not call `onRemove`. Does not delete a stored file, because
   * the app decides about stored files.
   */
  readonly remove: (id: string) => void
  /**
   * Removes an entry as `remove` does. If the entry is an upload, first calls the app's `onRemove`, and keeps the
   * upload if `onRemove` returns false. Resolves with whether the entry was removed. `undo` cannot restore a done
   * upload after `onRemove`, because the app may have deleted the file.
   */
  readonly requestRemove: (id: string) => Promise<boolean>
  /** Restores the entry that was removed last, at its position, if there is room. */
  readonly undo: () => void
  /** Moves an entry to an index of the complete list. */
  readonly move: (id: string, to: number) => void
  /**
   * Changes the name of an entry and adds to its metadata, as `update` of an uploader does. The value of the field
   * contains the new name and metadata.
   */
  readonly update: (id: string, change: ItemChange) => void
  /** Starts the uploads that are held. */
  readonly start: () => void
  /** Restores the default value: removes uploads and brings removed images back. */
  readonly reset: () => void
  /**
   * Applies a `defaultValue` that has changed since the last reset. Keeps the uploads that were not in the submitted
   * value. Does nothing if `defaultValue` has not changed.
   */
  readonly resetAfterAction: () => void
  /** Remembers that the current value was submitted. */
  readonly markSubmitted: () => void
  /** Number of files that still fit. A single upload always has room for one. */
  readonly room: () => number
  /** The files that the rules or `validate` refused. */
  readonly rejections: () => readonly Rejection[]
  /** The failed uploads. */
  readonly failures: () => readonly UploadItem<Result>[]
  /** Applies a value that the app has changed. Keeps unfinished uploads. */
  readonly syncValue: (value: FieldValue) => void
  /** Recomputes the state from the current options and merges the given fields. */
  readonly refresh: (changes?: Partial<FieldFormState>) => void
  /** Subscribes to the uploader. Returns a cleanup function. */
  readonly subscribe: () => () => void
}

/** A field and its settings of this render. The functions and the store stay the same from render to render. */
export interface UploadField<Result = unknown> extends Field<Result>, FieldSettings {}

/** Whether the field may delay or stop a submit: only if it takes part in the form. */
export function mayDelaySubmit<Result>({
  name,
  value,
  onChange,
  waitForUploads = true,
}: FieldOptions<Result>): boolean {
  return waitForUploads && (name !== undefined || value !== undefined || onChange !== undefined)
}
