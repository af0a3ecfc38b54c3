'use client'

import { useLayoutEffect, useRef } from 'react'
import type { RefObject } from 'react'
import { keepOnTop } from './on-top.ts'

interface LightboxProps {
  readonly source: File | string
  readonly name: string
  /** The text of the button that closes it. */
  readonly close: string
  readonly dir: 'ltr' | 'rtl' | undefined
  /** Gets focus when the picture is closed. */
  readonly trigger: RefObject<HTMLElement | null>
  readonly onClose: () => void
}

/**
 * A whole picture over the page, until it is closed by its button, by Escape or by a press beside the picture. It is
 * rendered beside its trigger and not in `body`: a modal dialog around the trigger makes everything outside of itself
 * inert, and takes a press there as a reason to close.
 */
export function Lightbox({ source, name, close, dir, trigger, onClose }: LightboxProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const image = useRef<HTMLImageElement>(null)
  const latest = useRef(onClose)
  useLayoutEffect(() => {
    latest.current = onClose
  })
  useLayoutEffect(() => {
    const url = typeof source === 'string' ? source : URL.createObjectURL(source)
    if (image.current) image.current.src = url
    return () => {
      if (url !== source) URL.revokeObjectURL(url)
    }
  }, [source])
  // A layout effect ends while the dialog is still in the page: the browser gives focus back.
  useLayoutEffect(
    () =>
      dialog.current
        ? keepOnTop(dialog.current, () => {
            // Safari does not focus a button that is pressed, so it gives focus back to `body`.
            trigger.current?.focus({ preventScroll: true })
            latest.current()
          })
        : undefined,
    [trigger],
  )
  return (
    <dialog
      ref={dialog}
      className="putaway-lightbox"
      data-putaway="lightbox"
      data-part="lightbox"
      aria-label={name}
      dir={dir}
      {...forMantine}
    >
      <img ref={image} alt={name} draggable={false} />
      <div className="putaway-lightbox-name">{name}</div>
      <button type="button" className="putaway-button" data-close="" {...forMantine}>
        {close}
      </button>
    </dialog>
  )
}

/** Mantine listens to Escape at `window` before anybody else can, and skips targets with this attribute. */
const forMantine = { 'data-mantine-stop-propagation': 'true' }
