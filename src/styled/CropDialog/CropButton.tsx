'use client'

import { useEffect, useRef, useSyncExternalStore } from 'react'
import type { ComponentPropsWithoutRef, MouseEvent } from 'react'
import type { UploadItem } from '../../core/item.ts'
import type { FieldEntry } from '../../field/field-state.ts'
import { isImageEntry, namedTypeOf, nameOf, useEntry, useRootContext } from '../../headless/context.ts'
import { loadPageCode } from '../../headless/lazy/load-page-code.ts'
import { isCropChosen, subscribeToCrops } from '../../image/crop/crop-requests.ts'
import { isImageCrop, toCrop, toImageCrop } from '../../image/crop/crop.ts'
import type { ImageFieldOptions } from '../../image/image.ts'
import { ignoreLoadError } from '../../internal/lazy-module.ts'
import { useUploadRuntime } from '../../react/context.ts'
import { useCropTexts } from './useCropTexts.ts'

interface CropButtonProps extends Omit<ComponentPropsWithoutRef<'button'>, 'children'> {
  /** Whether the button shows an icon in place of its text. Default: false. */
  readonly isIcon?: boolean | undefined
  /** The prop `image` of the field. */
  readonly image: ImageFieldOptions
}

/**
 * Opens the dialog again for a picture that was cropped with the mode `coordinates`, also when it is done or stored. Changes
 * the crop in the value of the field, and sends nothing.
 */
export function CropButton({ isIcon = false, image, ...props }: CropButtonProps) {
  const { uploader, field, readOnly, disabled } = useRootContext()
  const { messages } = useCropTexts()
  const runtime = useUploadRuntime()
  const entry = useEntry()
  const controller = useRef<AbortController>(undefined)
  const isCroppable = useSyncExternalStore(
    subscribeToCrops,
    () => canCrop(entry),
    () => false,
  )
  useEffect(() => () => controller.current?.abort(), [])
  const source = sourceOf(entry)
  if (source === undefined || !isCroppable || readOnly) return null
  const name = nameOf(entry)

  async function changeCrop(picture: File | string) {
    const { signal } = (controller.current = new AbortController())
    const { recropWithImage, announceText } = await loadPageCode()
    const crop = entry.kind === 'stored' ? entry.image.crop : entry.item.store.getState().crop
    const details = {
      size: undefined,
      owner: uploader.store,
      ...(isImageCrop(crop) && { crop: toCrop(crop) }),
    }
    const choice = await recropWithImage(image, picture, details, signal)
    const size = choice === 'dropped' ? undefined : (knownSizeOf(entry) ?? choice.size)
    if (choice === 'dropped' || !choice.crop || !size) return
    // Until the picture is prepared, the preparation reads the new crop.
    if (entry.kind === 'stored' || isPrepared(entry.item.store.getState()))
      (field ?? uploader).update(entry.id, { crop: toImageCrop(choice.crop, size) })
    announceText(runtime, messages.cropped(name))
  }
  return (
    <button
      type="button"
      data-part="crop"
      data-action="crop"
      aria-label={messages.cropOf(name)}
      aria-haspopup="dialog"
      title={isIcon ? messages.crop : undefined}
      disabled={disabled}
      {...props}
      onClick={({ currentTarget }: MouseEvent<HTMLElement>) => {
        // Safari does not focus a pressed button, and the dialog returns focus to the focused element.
        currentTarget.focus()
        changeCrop(source).catch(ignoreLoadError)
      }}
    >
      {isIcon ? <CropIcon /> : messages.crop}
    </button>
  )
}

/** The picture that the dialog shows: the file, or the URL of a stored image. */
function sourceOf(entry: FieldEntry): File | string | undefined {
  return entry.kind === 'upload' ? entry.item.file : (entry.file ?? entry.image.url)
}

/** Whether the dialog can crop an entry. A file that cannot be cropped, such as an animation, got no choice. */
function canCrop(entry: FieldEntry): boolean {
  const source = sourceOf(entry)
  if (typeof source === 'object') return isCropChosen(source)
  const { name, type } = namedTypeOf(entry)
  return isImageEntry(entry) && !/svg|gif/.test(`${type}.${name.split('.').pop()}`)
}

/** Returns the size of the stored or prepared picture, as far as the browser or the app knows it. */
function knownSizeOf(entry: FieldEntry) {
  const { crop, image } = entry.kind === 'stored' ? entry.image : entry.item.store.getState()
  return isImageCrop(crop) ? { width: crop.imageWidth, height: crop.imageHeight } : image
}

const isPrepared = ({ status, image, crop }: UploadItem) => image ?? crop ?? !/^(idle|starting)$/.test(status)

/** A decorative icon on a 20 px grid. */
function CropIcon() {
  return (
    <svg className="putaway-icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d="M6 2.5V14h11.5M2.5 6H14v11.5" />
    </svg>
  )
}
