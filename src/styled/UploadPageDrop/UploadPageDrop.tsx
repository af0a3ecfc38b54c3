'use client'

import { RootContextProvider } from '../../headless/root.tsx'
import type { UploaderLike } from '../../headless/context.ts'
import { lazyComponent } from '../../react/lazy-component.ts'
import { loadListCode } from '../load-list-code.ts'
import type { PageDropOverlayProps } from './PageDropOverlay.tsx'

export interface UploadPageDropProps extends PageDropOverlayProps {
  /** The result of `useUpload` or `useMultiUpload`. Default: the uploader of the `Upload.Root` around it. */
  readonly uploader?: UploaderLike | undefined
}

/**
 * Accepts files that are dropped anywhere on the page, and files that are pasted while no text field has focus, except
 * a text field inside the same `Upload.Root`. While files are over the page, an overlay names the place to which they
 * are added. A dropzone under the pointer takes the files instead, and an open modal dialog blocks them.
 */
export function UploadPageDrop({ uploader, ...rest }: UploadPageDropProps) {
  const overlay = <LazyPageDrop {...rest} />
  return uploader ? <RootContextProvider {...{ uploader }}>{overlay}</RootContextProvider> : overlay
}

const LazyPageDrop = /* @__PURE__ */ lazyComponent(loadListCode, ({ PageDropOverlay }) => PageDropOverlay)
