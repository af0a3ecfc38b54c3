import { UploadError } from 'putaway'
import type { UploadOptions } from 'putaway'
import type { Transport } from 'putaway/core'
import { fakeUploads } from 'putaway/testing'

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

/** The scene of a file, and the fraction of its bytes that is sent. */
export type FileScene = readonly [scene: Scene, file: File, fraction?: number]

/** A retry policy with a delay longer than the story is shown. For the scene `reconnecting`. */
export const longRetryDelay: UploadOptions = {
  retry: { retries: 1, baseDelay: 3_600_000, maxDelay: 3_600_000 },
}

export type StillUploads = ReturnType<typeof stillUploads>

/**
 * A fake backend and storage that answer each file at once up to its scene, and never answer the next call. No timer is
 * involved, so that a story shows its state also on a slow machine.
 */
export function stillUploads(scenes: readonly FileScene[]) {
  const fakes = fakeUploads<unknown>({ result: () => ({}) })
  const sceneOf = (name: string) => scenes.find(([, file]) => file.name === name)
  /** Called when the bytes of a file are at the fraction of its scene. */
  const sendListeners = new Map<string, () => void>()

  const endpoints: typeof fakes.endpoints = {
    ...fakes.endpoints,
    presign: (file, context) =>
      sceneOf(file.name)?.[0] === 'starting'
        ? untilAborted(context.signal)
        : fakes.endpoints.presign(file, context),
    confirm: async (receipt, context) => {
      const scene = sceneOf(receipt.file.name)?.[0]
      if (scene === 'finishing') return untilAborted(context.signal)
      if (scene === 'checking') return { pending: { retryAfter: 3600 } }
      return fakes.endpoints.confirm?.(receipt, context)
    },
  }

  const transport: Transport = {
    async send(file, ticket, context) {
      const { signal, onProgress, withRetry } = context
      const name = file instanceof File ? file.name : ''
      const [scene = 'done', , fraction = scene === 'error' ? 0.4 : 0.42] = sceneOf(name) ?? []
      if (scene === 'done' || scene === 'finishing' || scene === 'checking')
        return fakes.transport.send(file, ticket, context)
      onProgress(fraction * file.size)
      sendListeners.get(name)?.()
      if (scene === 'error' || scene === 'reconnecting')
        return withRetry(() => Promise.reject(new UploadError('network', { phase: 'uploading' })))
      if (scene === 'moving') moveOn(fraction, (sent) => onProgress(sent * file.size), signal)
      return untilAborted(signal)
    },
  }
  return { endpoints, transport, defaults: fakes.defaults, sendListeners }
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error))
  })
}

/** Slow progress while the story is shown. */
function moveOn(fraction: number, report: (sent: number) => void, signal: AbortSignal) {
  let sent = fraction
  const timer = setInterval(() => {
    sent = Math.min(0.95, sent + 0.01)
    report(sent)
  }, 250)
  signal.addEventListener('abort', () => clearInterval(timer))
}
