'use client'

import { useLayoutEffect, useRef } from 'react'
import type { RefObject } from 'react'
import { cropOf } from '../../image/crop/crop-requests.ts'
import { drawCroppedPicture } from '../thumbnails/cropped-picture.ts'
import { showOnTop } from './on-top.ts'

/** Maximum width and height in pixels of a cropped picture. */
const maxCroppedSide = 2048

interface LightboxProps {
  readonly source: File | string
  readonly name: string
  /** Label of the close button. */
  readonly closeLabel: string
  readonly dir: 'ltr' | 'rtl' | undefined
  /** Gets focus when the dialog closes. */
  readonly trigger: RefObject<HTMLElement | null>
  readonly onClose: () => void
}

/**
 * Shows the full image in a modal dialog. The close button, Escape or a press beside the image closes the dialog.
 * Rendered beside its trigger and not in `body`, because the trigger may be in another modal dialog. Such a dialog
 * makes everything outside of the dialog inert, and closes on a press outside.
 */
export function Lightbox({ source, name, closeLabel, dir, trigger, onClose }: LightboxProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const image = useRef<HTMLImageElement>(null)
  const latestOnClose = useRef(onClose)
  useLayoutEffect(() => {
    latestOnClose.current = onClose
  })
  useLayoutEffect(() => {
    let url: string | undefined
    let isUnmounted = false
    const show = (picture: Blob) => {
      if (isUnmounted) return
      try {
        url = URL.createObjectURL(picture)
      } catch {
        // jsdom has no object URLs, and Node has none for a File of jsdom.
      }
      if (image.current && url !== undefined) image.current.src = url
    }
    if (typeof source === 'string') {
      if (image.current) image.current.src = source
    } else {
      const crop = cropOf(source)
      if (crop) drawCroppedPicture(source, crop, maxCroppedSide).then(show, () => show(source))
      else show(source)
    }
    return () => {
      isUnmounted = true
      if (url !== undefined) URL.revokeObjectURL(url)
    }
  }, [source])
  // A layout effect is cleaned up while the dialog is still in the page, so the browser restores focus.
  useLayoutEffect(
    () =>
      dialog.current
        ? showOnTop(dialog.current, {
            onClose: () => {
              // Safari does not focus a pressed button and restores focus to `body`.
              trigger.current?.focus({ preventScroll: true })
              latestOnClose.current()
            },
            onPress: (path) => path.some((each) => (each as Partial<Element>).localName === 'button'), // a Window has no `localName`
          })
        : undefined,
    [trigger],
  )
  return (
    <dialog
      ref={dialog}
      data-putaway="lightbox"
      data-part="lightbox"
      aria-label={name}
      dir={dir}
      {...mantineAttributes}
    >
      <img ref={image} alt={name} draggable={false} />
      <div>{name}</div>
      <button type="button" data-lightbox-close="" {...mantineAttributes}>
        {closeLabel}
      </button>
    </dialog>
  )
}

/** Mantine listens for Escape at `window` before all other listeners, and skips targets with this attribute. */
const mantineAttributes = { 'data-mantine-stop-propagation': 'true' }
