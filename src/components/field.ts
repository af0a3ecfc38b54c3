'use client'

import { useEffect, useInsertionEffect, useMemo, useState } from 'react'
import type { ReadonlyStore, UploadItem } from '../core/item.ts'
import type { UploaderOptions } from '../core/options.ts'
import type { Uploader } from '../core/uploader.ts'
import { createField, holdsSubmit } from './field-store.ts'
import { imagesIn } from './form-value.ts'
import type { FieldValue, StoredImage } from './form-value.ts'

/** What of a field may change from render to render. */
export interface FieldOptions<Result = unknown> extends FieldSettings {
  readonly uploader: FieldUploader<Result>
  /** The value, where the app keeps it: every change is to come back through it. */
  readonly value?: FieldValue | undefined
  /** The images that are there at first, and again after a reset of the form. */
  readonly defaultValue?: FieldValue | undefined
  /**
   * Hears of the value when it changed: an upload is done, an image is removed or moved, the form was reset. Never of
   * progress. A list's is an array, a single upload's an image or null.
   */
  onChange?(value: StoredImage[] | StoredImage | null): void
}

/** One image of a field: stored before, or a file and its state. */
export type FieldEntry<Result = unknown> =
  | {
      readonly kind: 'stored'
      readonly id: string
      readonly image: StoredImage
      /** What can be shown where the image has no `url`: it was uploaded here, removed, and brought back. */
      readonly file?: File | undefined
    }
  /** The item as it came; its `store` is the live one. */
  | { readonly kind: 'upload'; readonly id: string; readonly item: UploadItem<Result> }

/** Why a form is not submitted: an upload failed, nothing is there, or fewer than `minFiles`. */
export type FieldProblem = 'failed' | 'missing' | 'too-few'

export interface FieldState<Result = unknown> {
  /** In order. The same array until entries come, go or move: statuses and progress are in each item's store. */
  readonly entries: readonly FieldEntry<Result>[]
  /** What is stored, in order, as plain JSON. The same array until the value changes. */
  readonly value: readonly StoredImage[]
  /** What `undo` brings back. */
  readonly removed: FieldEntry<Result> | undefined
  /** What stands against a submit now. Uploads on their way do not: a submit waits for them. */
  readonly problem: FieldProblem | undefined
  /** The problem that people have been told of, by a submit that was stopped, until it is solved; and the words. */
  readonly reported: FieldProblem | undefined
  readonly notice: string | undefined
  /** Whether an upload is on its way, or waits for its turn. */
  readonly pending: boolean
  /** Whether a submit waits for uploads. */
  readonly waiting: boolean
  /** Whether a `<fieldset disabled>` above disables the field. */
  readonly barred: boolean
}

export interface FieldSettings {
  /** Of the form value. Without one nothing is posted. */
  readonly name?: string | undefined
  /** The `id` of the form, where the field is not inside of it. */
  readonly form?: string | undefined
  /** At least one image. */
  readonly required?: boolean | undefined
  /** At least so many images. Default: 0, or 1 with `required`. */
  readonly minFiles?: number | undefined
  /** Nothing can be changed, nothing is posted, nothing is validated. */
  readonly disabled?: boolean | undefined
  /** Nothing can be changed; the value is posted. */
  readonly readOnly?: boolean | undefined
  /**
   * Whether a submit of the form waits for uploads on their way, and stops where one failed. Default: true, for a field
   * that has a `name`, a `value` or an `onChange`.
   */
  readonly submitWaits?: boolean | undefined
}

/** What a field needs of an uploader: `useUpload` and `useMultiUpload` return one. */
export interface FieldUploader<Result = unknown> extends Pick<
  Uploader<Result>,
  'store' | 'add' | 'remove' | 'move' | 'clear'
> {
  readonly options: () => Pick<UploaderOptions<unknown>, 'multiple' | 'maxFiles'>
}

/** The stored images of a form value and an uploader's items, joined into one list that is ordered as a whole. */
export interface Field<Result = unknown> {
  readonly store: ReadonlyStore<FieldState<Result>>
  /**
   * Takes files in as the uploader does; stored images count toward `maxFiles`. `instead`: the id of an entry that does
   * not, because it is to go.
   */
  readonly add: (files: Iterable<File>, instead?: string) => UploadItem<Result>[]
  /** Takes an entry off the list and out of the value. Of what is stored nothing is deleted: that is the app's to do. */
  readonly remove: (id: string) => void
  /** Brings back what was removed last, to its place, if there is room. */
  readonly undo: () => void
  /** Moves an entry to an index of the whole list. */
  readonly move: (id: string, to: number) => void
  /** Back to the default value: uploads leave the list, removed images come back. */
  readonly reset: () => void
  /** How many more files fit; a single upload always has room. */
  readonly room: () => number
  /** The uploads that failed. */
  readonly failures: () => readonly UploadItem<Result>[]
  /** The value was changed from outside. What is on its way stays. */
  readonly adopt: (images: readonly StoredImage[]) => void
  /** Looks anew at what depends on options, and takes in what the page says. */
  readonly refresh: (now?: Partial<Pick<FieldState, 'waiting' | 'barred' | 'reported' | 'notice'>>) => void
  /** Follows the uploader. Returns what ends it. */
  readonly follow: () => () => void
}

/** A field and its settings of this render. The functions and the store stay the same from render to render. */
export interface UploadField<Result = unknown> extends Field<Result>, FieldSettings {}

/**
 * Joins stored images and the items of an uploader into one ordered list with a value, as an input has one. Renders its
 * component only when an option changes: read what is in it by `useStore(field.store, …)`.
 */
export function useUploadField<Result = unknown>(options: FieldOptions<Result>): UploadField<Result> {
  const [latest] = useState(() => ({ current: options }))
  useInsertionEffect(() => {
    latest.current = options
  })
  const { store } = options.uploader
  // oxlint-disable-next-line react/exhaustive-deps -- another uploader is another field
  const field = useMemo(() => createField<Result>(() => latest.current), [latest, store])
  useEffect(() => field.follow(), [field])

  const { name, form, required, minFiles, disabled, readOnly, value } = options
  const submitWaits = holdsSubmit(options)
  const given = value === undefined ? undefined : JSON.stringify(imagesIn(value))
  useEffect(() => {
    if (given !== undefined) field.adopt(imagesIn(latest.current.value))
  }, [field, given, latest])
  useEffect(() => field.refresh(), [field, required, minFiles, disabled, readOnly, submitWaits])

  return useMemo(
    () => ({ ...field, name, form, required, minFiles, disabled, readOnly, submitWaits }),
    [field, name, form, required, minFiles, disabled, readOnly, submitWaits],
  )
}
