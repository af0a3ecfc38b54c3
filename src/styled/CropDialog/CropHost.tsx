'use client'

import { useState, useSyncExternalStore } from 'react'
import { useStore } from 'zustand'
import type { UploadItem } from '../../core/item.ts'
import { useRootContext } from '../../headless/context.ts'
import { isCropChosen, listCropRequests, subscribeToCrops } from '../../image/crop/crop-requests.ts'
import type { CropRequest } from '../../image/crop/crop-requests.ts'
import { lazyModule } from '../../internal/lazy-module.ts'
import { lazyComponent } from '../../react/lazy-component.ts'

const loadCropDialog = /* @__PURE__ */ lazyModule(() => import('./CropDialog.tsx'))
const LazyCropDialog = /* @__PURE__ */ lazyComponent(loadCropDialog, ({ CropDialog }) => CropDialog)

/** Shows a dialog for the files of this field that wait for a crop, one after the other. */
export function CropHost() {
  const requests = useSyncExternalStore(subscribeToCrops, listCropRequests, listCropRequests)
  return requests.length > 0 && <NextCrop requests={requests} />
}

function NextCrop({ requests }: { readonly requests: readonly CropRequest[] }) {
  const { uploader } = useRootContext()
  const { items } = useStore(uploader.store)
  // A picture that is ready later, or chosen meanwhile, does not replace the one that is shown.
  const [shown, setShown] = useState<CropRequest>()
  const own = [
    ...requests.filter(({ owner }) => owner === uploader.store),
    ...items.flatMap(({ file }) => requests.find(({ source, owner }) => source === file && !owner) ?? []),
  ]
  const request = shown && own.includes(shown) ? shown : own[0]
  if (request !== shown) setShown(request)
  if (!request) return null
  const remainingFiles = items
    .filter((item) => !request.owner && item.file !== request.source && mayBeNext(item))
    .map(({ file }) => file)
  return <LazyCropDialog {...{ request, remainingFiles }} />
}

/** Whether a file may wait for a crop after this one. Whether it can be cropped, is known when its bytes were read. */
const mayBeNext = ({ file, ...item }: UploadItem) =>
  (item.status === 'starting' || (item.status === 'idle' && !item.canceled)) &&
  /^image\/(?!svg|gif)/.test(file.type) &&
  !isCropChosen(file)
