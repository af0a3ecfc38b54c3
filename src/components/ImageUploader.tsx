'use client'

import { useEffect, useId, useRef } from 'react'
import type { ReactNode } from 'react'
import type { Uploader } from '../core/uploader.ts'
import type { UploadOptions } from '../react/context.ts'
import { useUploader } from '../react/useUploader.ts'
import type { DropTarget } from './drag.ts'
import { keepFocus } from './focus.ts'
import { ImageCard } from './ImageCard.tsx'
import { ImageGrid } from './ImageGrid.tsx'
import { LiveRegion } from './LiveRegion.tsx'
import { messages } from './messages.ts'
import { Rejections } from './Rejections.tsx'

interface Look {
  /** What the images are, as people read it: "Avatar", "Photos". Default: "Image" or "Images". */
  readonly label?: string | undefined
  /** A line for people: what is wanted, which types, how large. */
  readonly description?: ReactNode
  readonly disabled?: boolean | undefined
  readonly className?: string | undefined
}

export interface ImageUploaderProps<Result = unknown> extends Look, UploadOptions<Result> {
  /** A grid of images instead of one that is replaced. Default: false. With `uploader` that one decides. */
  readonly multiple?: boolean | undefined
  /** The result of your own `useUpload` or `useMultiUpload`, to drive it from outside; its options count then. */
  readonly uploader?: ImageTarget | undefined
}

/** What an image uploader needs of an uploader. */
export type ImageTarget = DropTarget & Pick<Uploader, 'cancel' | 'retry' | 'remove' | 'dismiss'>

/**
 * Chooses, shows and uploads images: one, or with `multiple` a grid of them. Takes every option of `useUpload`;
 * `accept` defaults to `image/*`. Needs `putaway/styles.css`.
 */
export function ImageUploader<Result = unknown>({ uploader, ...props }: ImageUploaderProps<Result>) {
  if (!uploader) return <OwnUploader {...props} />
  const { label, description, disabled, className } = props
  return <Frame {...{ uploader, label, description, disabled, className }} />
}

function OwnUploader<Result>({
  label,
  description,
  disabled,
  className,
  multiple = false,
  ...options
}: Omit<ImageUploaderProps<Result>, 'uploader'>) {
  const { uploader, inForce } = useUploader<Result>(
    { ...options, accept: options.accept ?? 'image/*' },
    multiple,
  )
  return (
    <Frame uploader={{ ...uploader, options: inForce }} {...{ label, description, disabled, className }} />
  )
}

export interface LayoutProps {
  readonly uploader: ImageTarget
  readonly label: string
  readonly description: ReactNode
  readonly disabled: boolean
  /** The ids of label and description. */
  readonly labelId: string
  readonly descriptionId: string
}

function Frame({
  uploader,
  label,
  description,
  disabled = false,
  className,
}: Look & { uploader: ImageTarget }) {
  const { store, dismiss } = uploader
  const multiple = uploader.options().multiple !== false
  const id = useId()
  const root = useRef<HTMLDivElement>(null)
  useEffect(() => (root.current ? keepFocus(root.current, store) : undefined), [store])

  const Layout = multiple ? ImageGrid : ImageCard
  const labelId = `${id}label`
  const descriptionId = `${id}description`
  return (
    <div
      ref={root}
      // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- a <fieldset> has a look of its own
      role="group"
      aria-labelledby={labelId}
      aria-describedby={description === undefined ? undefined : descriptionId}
      data-putaway="images"
      data-disabled={disabled || undefined}
      className={className ? `putaway-images ${className}` : 'putaway-images'}
    >
      <Layout
        label={label ?? (multiple ? messages.images : messages.image)}
        {...{ uploader, description, disabled, labelId, descriptionId }}
      />
      <Rejections {...{ store, dismiss }} />
      <LiveRegion store={store} />
    </div>
  )
}
