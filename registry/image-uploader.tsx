'use client'

import { Upload, useMultiUpload } from 'putaway'
import type { UploadOptions } from 'putaway'
import type { ComponentProps } from 'react'

interface ImageUploaderProps extends Omit<ComponentProps<typeof Upload.Root>, 'uploader' | 'children'> {
  /** Names the group for people and for screen readers. */
  label: string
  /** The route of your backend, what is accepted, how many, how large. */
  options?: UploadOptions
}

/**
 * Images as tiles, with a place to add more. It is a form field: give it a `name`, and `readUploads` on your server
 * verifies what is posted. This file is yours: change what you like.
 */
export function ImageUploader({ label, options, ...field }: ImageUploaderProps) {
  const images = useMultiUpload({ accept: 'image/*', ...options })
  return (
    <Upload.Root {...field} uploader={images}>
      <fieldset className="min-w-0">
        <legend className="mb-2 text-sm font-medium">{label}</legend>
        <Upload.Dropzone className="rounded-xl outline-offset-4 data-[drag=accept]:outline-2 data-[drag=accept]:outline-primary data-[drag=reject]:outline-2 data-[drag=reject]:outline-destructive">
          {({ drag, reason, problem, full }) => (
            <>
              <Upload.Input aria-label="Add images" />
              <Upload.List
                aria-label={label}
                className="grid grid-cols-[repeat(auto-fill,minmax(8rem,1fr))] gap-2"
                last={
                  !full && (
                    <li className="aspect-square">
                      <Upload.Trigger className="flex size-full flex-col items-center justify-center gap-1 rounded-lg border border-dashed bg-muted/40 text-sm font-medium hover:bg-muted focus-visible:outline-2 focus-visible:outline-ring disabled:opacity-50">
                        Add images
                        <span className="px-2 text-xs font-normal text-muted-foreground">
                          {drag === 'none' ? 'or drop them here' : (reason ?? 'Drop to upload')}
                        </span>
                      </Upload.Trigger>
                    </li>
                  )
                }
              >
                <Tile />
              </Upload.List>
              {problem && <p className="mt-2 text-sm text-destructive">{problem}</p>}
            </>
          )}
        </Upload.Dropzone>
        <Upload.Rejections className="mt-2 rounded-lg border border-destructive/40 px-3 py-1 text-sm">
          {({ id, file, text, dismiss }) => (
            <li key={id} className="flex items-center gap-2 py-1" data-row="">
              <span className="min-w-0 flex-1 break-words">
                {file.name} <span className="text-muted-foreground">{text}</span>
              </span>
              <button
                type="button"
                aria-label={`Dismiss ${file.name}`}
                onClick={dismiss}
                className="size-8 shrink-0 rounded-md hover:bg-muted focus-visible:outline-2 focus-visible:outline-ring"
              >
                <span aria-hidden="true">✕</span>
              </button>
            </li>
          )}
        </Upload.Rejections>
        <div className="flex min-h-9 items-center justify-between gap-2 text-sm text-destructive">
          <Upload.FieldError />{' '}
          <Upload.Undo className="ms-auto rounded-md px-2 py-1 text-muted-foreground underline-offset-4 hover:underline focus-visible:outline-2 focus-visible:outline-ring" />
        </div>
        <Upload.HiddenInput />
        <Upload.LiveRegion className="sr-only" />
      </fieldset>
    </Upload.Root>
  )
}

const button =
  'grid size-8 place-items-center rounded-full bg-black/60 text-xs text-white hover:bg-black/80 focus-visible:outline-2 focus-visible:outline-offset-1 focus-visible:outline-ring'

function Tile() {
  return (
    <Upload.Item className="relative aspect-square overflow-hidden rounded-lg border bg-muted data-[status=error]:border-destructive">
      <Upload.Preview className="block size-full [&_[data-part=thumbnail]]:block [&_[data-part=thumbnail]]:size-full [&_img]:size-full [&_img]:object-cover" />
      <div className="absolute inset-x-0 bottom-0 bg-black/65 text-xs text-white">
        <Upload.Status className="block px-2 py-1" />
        <Upload.Progress className="h-1 bg-white/30">
          <div className="h-full w-(--progress) bg-white motion-safe:transition-[width]" />
        </Upload.Progress>
      </div>
      <div className="absolute end-1 top-1 flex gap-1">
        <Upload.Cancel className={button}>
          <span aria-hidden="true">■</span>
        </Upload.Cancel>
        <Upload.Retry className={button}>
          <span aria-hidden="true">↻</span>
        </Upload.Retry>
        <Upload.DragHandle className={button}>
          <span aria-hidden="true">⠿</span>
        </Upload.DragHandle>
        <Upload.Remove className={button}>
          <span aria-hidden="true">✕</span>
        </Upload.Remove>
      </div>
    </Upload.Item>
  )
}
