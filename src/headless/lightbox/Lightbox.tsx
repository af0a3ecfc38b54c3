'use client'

import { useLayoutEffect, useRef, useState } from 'react'
import type { RefObject } from 'react'
import type { CompleteTexts } from '../../i18n/complete-texts.ts'
import { previewOf } from '../../image/crop/crop-requests.ts'
import { lazyModule } from '../../internal/lazy-module.ts'
import type { ImageCrop } from '../../protocol/ticket.ts'
import { SvgIcon } from '../thumbnails/FileIcon.tsx'
import { drawCroppedPicture } from '../thumbnails/cropped-picture.ts'
import { showOnTop } from './on-top.ts'

/** Not the function of watch-stored-pictures.ts, because that module is in another chunk. */
const loadDrawing = /* @__PURE__ */ lazyModule(() => import('../thumbnails/stored-pictures.ts'))

/** Maximum width and height in pixels of a cropped picture. */
const maxCroppedSide = 2048

/** An image that the lightbox can show. */
export interface LightboxImage {
  readonly id: string
  readonly name: string
  readonly source: File | string
  /** The part of a stored image to show. The crop of a file is that of `previewOf`. */
  readonly crop?: ImageCrop | undefined
}

interface LightboxProps {
  /** The images of the list. */
  readonly images: readonly LightboxImage[]
  /** The image that is shown first. It may be missing in `images`. */
  readonly firstImage: LightboxImage
  /** A parameter, because bundlers would copy the texts into the chunk of this component. */
  readonly texts: CompleteTexts
  /** Gets focus when the dialog closes, unless another image of the list was shown last. */
  readonly trigger: RefObject<HTMLElement | null>
  readonly onClose: () => void
}

/** SVG paths on a 20 px grid. */
const lightboxIconPaths = {
  close: 'm5 5 10 10M15 5 5 15',
  previous: 'm12 4.5-5.5 5.5 5.5 5.5',
  next: 'm8 4.5 5.5 5.5L8 15.5',
}

/**
 * Shows the full image in a modal dialog. The close button, Escape or a press beside the image closes the dialog. Arrow
 * keys, two buttons and a swipe show the other images of the list, and after the last image the first one. Rendered
 * beside its trigger and not in `body`, because the trigger may be in another modal dialog. Such a dialog makes
 * everything outside of the dialog inert, and closes on a press outside.
 */
export function Lightbox({ images, firstImage, texts, trigger, onClose }: LightboxProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const image = useRef<HTMLImageElement>(null)
  const { messages, formatters, dir } = texts
  const [shownId, setShownId] = useState(firstImage.id)
  const shownIndex = images.findIndex(({ id }) => id === shownId)
  const { id: imageId, name, source, crop: storedCrop } = images[shownIndex] ?? firstImage
  const canvas = useRef<HTMLCanvasElement>(null)
  const [brokenId, setBrokenId] = useState<string>()
  const isDrawn = typeof source === 'string' && storedCrop !== undefined
  const hasOthers = images.length > 1 && shownIndex >= 0

  function showOther(step: number) {
    const other = images.at((shownIndex + step) % images.length)
    if (hasOthers && other) setShownId(other.id)
  }
  /**
   * Returns the button that opens the shown image. It is the first trigger if the list renders only some of its rows, or
   * has no such button.
   */
  function findTrigger() {
    const triggers = trigger.current?.closest('[data-part="list"]')?.querySelectorAll<HTMLElement>(openButton)
    return (triggers?.length === images.length && triggers[shownIndex]) || trigger.current
  }
  const latest = useRef({ showOther, findTrigger, onClose })
  useLayoutEffect(() => {
    latest.current = { showOther, findTrigger, onClose }
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
      const { current: canvasElement } = canvas
      if (canvasElement)
        loadDrawing()
          .then(({ drawCrop }) => drawCrop(canvasElement, source, storedCrop))
          .catch(() => isUnmounted || setBrokenId(imageId))
      if (image.current) image.current.src = source
    } else {
      const { picture, crop } = previewOf(source)
      if (crop) drawCroppedPicture(picture, crop, maxCroppedSide).then(show, () => show(picture))
      else show(picture)
    }
    return () => {
      isUnmounted = true
      if (url !== undefined) URL.revokeObjectURL(url)
    }
    // oxlint-disable-next-line react/exhaustive-deps -- each image has an element of its own
  }, [source, imageId])
  // A layout effect is cleaned up while the dialog is still in the page, so the browser restores focus.
  useLayoutEffect(() => {
    const element = dialog.current
    if (!element) return undefined
    /** Shows the image on one side. In a text from right to left, the next one is on the left. */
    const showSide = (isRight: boolean) =>
      latest.current.showOther(isRight === (getComputedStyle(element).direction === 'rtl') ? -1 : 1)
    return showOnTop(element, {
      onClose: () => {
        // Safari does not focus a pressed button and restores focus to `body`.
        latest.current.findTrigger()?.focus({ preventScroll: true })
        latest.current.onClose()
      },
      onPress: (path) => {
        const button = path.find((each) => (each as Partial<Element>).localName === 'button') // a Window has no `localName`
        const step = Number((button as HTMLElement | undefined)?.dataset.step ?? 0) // it is a <button>
        if (step) latest.current.showOther(step)
        return button !== undefined && !step
      },
      onKey: ({ key }) => {
        if (/^Arrow[LR]/.test(key)) showSide(key === 'ArrowRight')
      },
      onSwipe: (direction) => showSide(direction < 0),
    })
    // oxlint-disable-next-line react/exhaustive-deps -- the dialog opens once
  }, [])
  return (
    <dialog
      ref={dialog}
      data-putaway="lightbox"
      data-part="lightbox"
      aria-label={name}
      dir={dir}
      {...mantineAttributes}
    >
      <button
        type="button"
        data-lightbox-close=""
        aria-label={messages.close}
        title={messages.close}
        {...mantineAttributes}
      >
        <SvgIcon name="close" svgPath={lightboxIconPaths.close} />
      </button>
      {/* A new element for each image, so that the old image is not shown until the new one has loaded. */}
      {brokenId === imageId ? (
        <p>{messages.unavailable}</p>
      ) : isDrawn ? (
        // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- an <img> needs the pixels, which CORS may forbid to read
        <canvas key={imageId} ref={canvas} role="img" aria-label={name} />
      ) : (
        <img key={imageId} ref={image} alt={name} draggable={false} onError={() => setBrokenId(imageId)} />
      )}
      {hasOthers &&
        (['previous', 'next'] as const).map((direction) => (
          <button
            key={direction}
            type="button"
            data-step={direction === 'next' ? 1 : -1}
            aria-label={messages[direction]}
            title={messages[direction]}
            {...mantineAttributes}
          >
            <SvgIcon name={direction} svgPath={lightboxIconPaths[direction]} />
          </button>
        ))}
      {/* Screen readers announce the name when another image is shown. */}
      <output>
        <bdi>{name}</bdi>
        {hasOthers && <span>{messages.count(shownIndex + 1, images.length, formatters)}</span>}
      </output>
    </dialog>
  )
}

const openButton = '[data-action="open"]'

/** Mantine listens for Escape at `window` before all other listeners, and skips targets with this attribute. */
const mantineAttributes = { 'data-mantine-stop-propagation': 'true' }
