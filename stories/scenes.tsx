import { UploadProvider, useMultiUpload, useUpload } from 'putaway'
import type { Uploader, UploadOptions, UseMultiUpload, UseUpload } from 'putaway'
import { useEffect, useRef, useState } from 'react'
import type { ReactNode } from 'react'
import { stillUploads } from './still-uploads.ts'
import type { FileScene, Scene, StillUploads } from './still-uploads.ts'

export type { Scene } from './still-uploads.ts'

export { longRetryDelay } from './still-uploads.ts'

export const statuses: readonly Scene[] = ['idle', 'starting', 'uploading', 'finishing', 'done', 'error']

interface SceneProps<Hook> {
  readonly scenes: readonly FileScene[]
  readonly options?: UploadOptions
  readonly children: (uploads: Hook) => ReactNode
}

/** A list whose items have the given statuses. Queued ones come last. */
export function SceneList({ scenes, options, children }: SceneProps<UseMultiUpload>) {
  return (
    <Still scenes={scenes}>
      {(still) => (
        <SceneListContent still={still} scenes={scenes} options={options ?? {}}>
          {children}
        </SceneListContent>
      )}
    </Still>
  )
}

/** A page with a list whose items have the given statuses. */
export function ScenePage({ scenes, children }: Pick<SceneProps<UseMultiUpload>, 'scenes' | 'children'>) {
  return (
    <div className="page">
      <SceneList scenes={scenes} options={{ maxFiles: 12 }}>
        {children}
      </SceneList>
    </div>
  )
}

interface SingleScenesProps extends Pick<SceneProps<UseUpload>, 'scenes' | 'children'> {
  /** Names of the empty field and of each scene. */
  readonly names: readonly string[]
}

/** An empty field, and a field for each of the given statuses. */
export function SingleScenes({ scenes, names, children }: SingleScenesProps) {
  return (
    <SideBySide
      shows={[undefined, ...scenes].map((scene, index) => [
        names[index] ?? '',
        <SceneUpload key={index} scenes={scene ? [scene] : []}>
          {children}
        </SceneUpload>,
      ])}
    />
  )
}

/** One upload in the given status. */
export function SceneUpload({ scenes, options, children }: SceneProps<UseUpload>) {
  return (
    <Still scenes={scenes}>
      {(still) => (
        <SceneUploadContent still={still} scenes={scenes} options={options ?? {}}>
          {children}
        </SceneUploadContent>
      )}
    </Still>
  )
}

interface StillProps extends Pick<SceneProps<never>, 'scenes'> {
  readonly children: (still: StillUploads) => ReactNode
}

function Still({ scenes, children }: StillProps) {
  const [still] = useState(() => stillUploads(scenes))
  return (
    <UploadProvider endpoints={still.endpoints} transport={still.transport} defaults={still.defaults}>
      {children(still)}
    </UploadProvider>
  )
}

type SceneContentProps<Hook> = Required<SceneProps<Hook>> & { readonly still: StillUploads }

function SceneListContent({ still, scenes, options, children }: SceneContentProps<UseMultiUpload>) {
  const [held, hold] = useState(false)
  const uploads = useMultiUpload({ ...options, ...(held && { concurrency: 0 }) })
  useScenes(uploads, still, scenes, held, hold)
  return children(uploads)
}

function SceneUploadContent({ still, scenes, options, children }: SceneContentProps<UseUpload>) {
  const [held, hold] = useState(false)
  const upload = useUpload({ ...options, ...(held && { concurrency: 0 }) })
  useScenes(upload, still, scenes, held, hold)
  return children(upload)
}

function useScenes(
  { add, cancel, move, pause }: Uploader,
  { sendListeners }: StillUploads,
  scenes: SceneProps<never>['scenes'],
  held: boolean,
  hold: (held: boolean) => void,
) {
  const played = useRef(new Set<boolean>())
  useEffect(() => {
    // StrictMode runs the effect twice.
    if (played.current.has(held)) return
    played.current.add(held)
    // Active uploads first; queued files are added when no more may start.
    for (const [index, [scene, file]] of scenes.entries()) {
      if ((scene === 'idle') !== held) continue
      const [item] = add([file])
      if (!item) continue
      if (held) move(item, index)
      if (scene === 'canceled') cancel(item)
      if (scene === 'paused') sendListeners.set(file.name, () => pause(item))
    }
    hold(true)
  }, [add, cancel, move, pause, sendListeners, scenes, held, hold])
}

/** Variants side by side, each with its name. */
export function SideBySide({
  shows,
}: {
  readonly shows: readonly (readonly [name: string, show: ReactNode])[]
}) {
  return (
    <div className="page side-by-side" data-wide="">
      {shows.map(([name, show]) => (
        <figure key={name}>
          <figcaption>{name}</figcaption>
          {show}
        </figure>
      ))}
    </div>
  )
}
