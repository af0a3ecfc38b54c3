'use client'

import { Upload } from 'putaway'
import type { ComponentProps } from 'react'

interface UploadListProps {
  /** The result of `useUpload` or `useMultiUpload`. */
  uploader: ComponentProps<typeof Upload.Root>['uploader']
  /** What the list is called. Default: "Uploads". */
  label?: string
}

/** Files of any kind as rows: name, size, how far they are, and what can be done. This file is yours. */
export function UploadList({ uploader, label = 'Uploads' }: UploadListProps) {
  return (
    <Upload.Root uploader={uploader}>
      <Upload.List aria-label={label} className="divide-y rounded-lg border">
        <Upload.Item className="flex items-center gap-3 p-3 text-sm">
          <Upload.Preview className="block size-10 shrink-0 overflow-hidden rounded-md bg-muted [&_[data-part=thumbnail]]:grid [&_[data-part=thumbnail]]:size-full [&_[data-part=thumbnail]]:place-items-center [&_img]:size-full [&_img]:object-cover" />
          <div className="min-w-0 flex-1">
            <div className="flex gap-2">
              <Upload.Name className="truncate font-medium" />
              <Upload.Size className="shrink-0 text-muted-foreground" />
            </div>
            <Upload.Progress className="my-1 h-1.5 overflow-hidden rounded-full bg-muted">
              <div className="h-full w-(--progress) rounded-full bg-primary motion-safe:transition-[width]" />
            </Upload.Progress>
            <Upload.Status className="text-muted-foreground data-[status=error]:text-destructive" />
          </div>
          <Upload.Cancel className={button} />
          <Upload.Retry className={button} />
          <Upload.Remove className={button} />
        </Upload.Item>
      </Upload.List>
      <Upload.LiveRegion className="sr-only" />
    </Upload.Root>
  )
}

const button =
  'min-h-8 shrink-0 rounded-md px-2 font-medium text-muted-foreground hover:bg-muted hover:text-foreground focus-visible:outline-2 focus-visible:outline-ring'
