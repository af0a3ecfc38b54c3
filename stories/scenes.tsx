import { UploadProvider, useMultiUpload, useUpload } from 'putaway'
import type { Uploader, UploadOptions, UseMultiUpload, UseUpload } from 'putaway'
import { fakeUploads } from 'putaway/testing'
import type { FakeUpload, FakeUploads } from 'putaway/testing'
import { useEffect, useRef, useState } from 'react'
import type { ReactNode } from 'react'

/** The six statuses, and variants that look different within one status. */
export type Scene =
  | 'idle'
  | 'canceled'
  | 'starting'
  | 'uploading'
  | 'paused'
  | 'reconnecting'
  | 'moving'
  | 'finishing'
  | 'checking'
  | 'done'
  | 'error'

export const statuses: readonly Scene[] = ['idle', 'starting', 'uploading', 'finishing', 'done', 'error']

/** A retry policy with a delay longer than the story is shown. */
export const longRetryDelay: UploadOptions = {
  retry: { retries: 1, baseDelay: 3_600_000, maxDelay: 3_600_000 },
}

/** Brings a file to a status and keeps it there: the fakes answer up to that step. */
const bringTo: Record<Scene, (upload: FakeUpload<unknown>, fraction: number) => Promise<void>> = {
  idle: async () => {},
  canceled: async () => {},
  starting: async () => {},
  uploading: async (upload, fraction) => {
    await upload.presign()
    await upload.progress(fraction)
  },
  paused: (upload, fraction) => bringTo.uploading(upload, fraction),
  // Needs retries in `options`: see `patiently`.
  reconnecting: async (upload, fraction) => {
    await bringTo.uploading(upload, fraction)
    await upload.fail('network')
  },
  /** Slow progress that repeats while the story is shown. */
  moving: async (upload, fraction) => {
    await upload.presign()
    const step = (sent: number): Promise<void> =>
      upload.progress(sent).then(
        () => new Promise((resolve) => setTimeout(() => resolve(step(Math.min(0.95, sent + 0.01))), 250)),
        () => {},
      )
    await step(fraction)
  },
  finishing: async (upload) => {
    await upload.presign()
    await upload.store()
  },
  checking: async (upload) => {
    await bringTo.finishing(upload, 1)
    await upload.check(3600)
  },
  done: async (upload) => {
    await bringTo.finishing(upload, 1)
    await upload.confirm()
  },
  error: async (upload) => {
    await bringTo.uploading(upload, 0.4)
    await upload.fail('network')
  },
}

/** The fakes wait four seconds for a call, and a busy machine needs longer. */
function patient(upload: FakeUpload<unknown>): FakeUpload<unknown> {
  const again = async <Args extends readonly unknown[]>(
    call: (...args: Args) => Promise<void>,
    args: Args,
  ) => {
    for (let tries = 1; tries <= 5; tries += 1) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- each try follows the one that failed
        return await call(...args)
      } catch (error) {
        if (!String(error).includes('No pending')) throw error
      }
    }
  }
  return {
    presign: (...args) => again(upload.presign, args),
    progress: (...args) => again(upload.progress, args),
    store: (...args) => again(upload.store, args),
    confirm: (...args) => again(upload.confirm, args),
    check: (...args) => again(upload.check, args),
    fail: (...args) => again(upload.fail, args),
  }
}

interface SceneProps<Hook> {
  readonly scenes: readonly (readonly [scene: Scene, file: File, fraction?: number])[]
  readonly options?: UploadOptions
  readonly children: (uploads: Hook) => ReactNode
}

/** A list whose items have the given statuses. Queued ones come last. */
export function SceneList({ scenes, options, children }: SceneProps<UseMultiUpload>) {
  return (
    <Fakes>
      {(fakes) => (
        <SceneListContent fakes={fakes} scenes={scenes} options={options ?? {}}>
          {children}
        </SceneListContent>
      )}
    </Fakes>
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
    <Fakes>
      {(fakes) => (
        <SceneUploadContent fakes={fakes} scenes={scenes} options={options ?? {}}>
          {children}
        </SceneUploadContent>
      )}
    </Fakes>
  )
}

function Fakes({ children }: { readonly children: (fakes: FakeUploads<unknown>) => ReactNode }) {
  const [fakes] = useState(() => fakeUploads<unknown>({ speed: 0, result: () => ({}) }))
  return (
    <UploadProvider endpoints={fakes.endpoints} transport={fakes.transport} defaults={fakes.defaults}>
      {children(fakes)}
    </UploadProvider>
  )
}

type SceneContentProps<Hook> = Required<SceneProps<Hook>> & { readonly fakes: FakeUploads<unknown> }

function SceneListContent({ fakes, scenes, options, children }: SceneContentProps<UseMultiUpload>) {
  const [held, hold] = useState(false)
  const uploads = useMultiUpload({ ...options, ...(held && { concurrency: 0 }) })
  useScenes(uploads, fakes, scenes, held, hold)
  return children(uploads)
}

function SceneUploadContent({ fakes, scenes, options, children }: SceneContentProps<UseUpload>) {
  const [held, hold] = useState(false)
  const upload = useUpload({ ...options, ...(held && { concurrency: 0 }) })
  useScenes(upload, fakes, scenes, held, hold)
  return children(upload)
}

function useScenes(
  { add, cancel, move, pause }: Uploader,
  fakes: FakeUploads<unknown>,
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
    for (const [index, [scene, file, fraction = 0.42]] of scenes.entries()) {
      if ((scene === 'idle') !== held) continue
      const [item] = add([file])
      if (!item) continue
      if (held) move(item, index)
      if (scene === 'canceled') cancel(item)
      void bringTo[scene](patient(fakes.for(file.name)), fraction).then(
        () => scene === 'paused' && pause(item),
      )
    }
    hold(true)
  }, [add, cancel, move, pause, fakes, scenes, held, hold])
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
