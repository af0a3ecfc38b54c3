import { callPhases } from '../protocol/wire.ts'
import type { RetryOptions } from '../core/retry.ts'
import type { SendContext, Sent, Transport, UploadEndpoints } from '../core/ports.ts'
import { UploadError } from '../protocol/errors.ts'
import type { UploadErrorCode } from '../protocol/errors.ts'
import type { FileInfo, Receipt, Ticket } from '../protocol/ticket.ts'

/** What is asked of the outside, in the order in which an upload asks it. */
export type FakeCall = 'presign' | 'send' | 'complete' | 'confirm' | 'discard'

export interface FakeUploadsOptions<Result> {
  /**
   * How fast the fake storage takes bytes, in bytes per second. 0: nothing moves by itself, and every call waits to be
   * answered by hand. Default: Infinity, every call is answered at once.
   */
  readonly speed?: number | undefined
  /** How long presign and confirm take, in milliseconds. Default: 0. */
  readonly latency?: number | undefined
  /** The kind of ticket that presign gives. Default: `post`. */
  readonly kind?: Ticket['kind'] | undefined
  /** What confirm answers. Default: key, name, size and type. */
  readonly result?: ((receipt: Receipt) => Result) | undefined
}

/** A backend and a storage that exist only in memory. Pass both to `<UploadProvider>` or to `createUploader`. */
export interface FakeUploads<Result> {
  readonly endpoints: UploadEndpoints<Result>
  readonly transport: Transport
  /** Nothing repeats by itself, so that a failure shows at once. */
  readonly defaults: { readonly retry: RetryOptions }
  /** Everything that was asked so far: `'presign a.png'`, `'send a.png'`, `'confirm a.png'`, … */
  readonly calls: readonly string[]
  /** May be changed while uploads run. */
  speed: number
  latency: number
  /** The upload of one file, to be driven by hand. By name; among equal names, the one that waits. */
  for(name: string): FakeUpload<Result>
  /** Makes the next call of that kind fail, for the file of that name or for any. */
  failNext(call: FakeCall, code: UploadErrorCode, name?: string): void
}

/** Each waits until the upload asks for it, then answers. */
export interface FakeUpload<Result> {
  presign(): Promise<void>
  /** Storage has taken this fraction 0 to 1 of the bytes. */
  progress(fraction: number): Promise<void>
  /** Storage has answered that it holds the file. */
  store(): Promise<void>
  confirm(result?: Result): Promise<void>
  /** Whatever the upload waits for goes wrong. */
  fail(code?: UploadErrorCode): Promise<void>
}

export interface FakeResult {
  readonly key: string
  readonly name: string
  readonly size: number
  readonly type: string
}

interface Pending {
  readonly call: FakeCall
  readonly name: string
  answer(value?: unknown): void
  fail(error: UploadError): void
  progress(fraction: number): void
}

/** Makes a fake backend and storage. Uses only setTimeout, so that fake timers drive it too. */
export function fakeUploads<Result = FakeResult>(
  options: FakeUploadsOptions<Result> = {},
): FakeUploads<Result> {
  const { kind = 'post', result = defaultResult as (receipt: Receipt) => Result } = options // FakeResult unless given
  const calls: string[] = []
  const files = new Map<string, FileInfo>()
  const pending = new Set<Pending>()
  const planned: { call: FakeCall; code: UploadErrorCode; name?: string | undefined }[] = []
  let arrived: (() => void)[] = []

  /** Registers a call, and answers it by itself unless it is to be answered by hand. */
  function ask<T>(
    call: FakeCall,
    name: string,
    signal: AbortSignal,
    auto: () => T,
    send?: SendContext,
    size = 0,
  ) {
    calls.push(`${call} ${name}`)
    const plan = planned.findIndex((each) => each.call === call && (each.name ?? name) === name)
    const failure = plan < 0 ? undefined : planned.splice(plan, 1)[0]

    return new Promise<T>((resolve, reject) => {
      let timer: ReturnType<typeof setTimeout> | undefined
      function end(settle: () => void) {
        clearTimeout(timer)
        pending.delete(own)
        signal.removeEventListener('abort', abort)
        settle()
      }
      const abort = () => end(() => reject(signal.reason as Error))
      const own: Pending = {
        call,
        name,
        answer: (value) => end(() => resolve(value === undefined ? auto() : (value as T))), // typed by FakeUpload
        fail: (error) => end(() => reject(error)),
        progress: (fraction) => send?.onProgress(fraction * size),
      }
      pending.add(own)
      signal.addEventListener('abort', abort)
      if (signal.aborted) return abort()
      for (const look of arrived) look()

      const settle = () => (failure ? own.fail(fakeError(failure.code, call)) : own.answer())
      if (fake.speed === 0) return failure && settle()
      if (call !== 'send') timer = fake.latency > 0 ? setTimeout(settle, fake.latency) : undefined
      else if (Number.isFinite(fake.speed)) move(0)
      if (timer === undefined) settle()

      /** A step every 50 ms: about as often as browsers report. */
      function move(sent: number) {
        own.progress(sent / Math.max(1, size))
        if (sent >= size || (failure && sent > size / 2)) return void (timer = setTimeout(settle, 50))
        timer = setTimeout(() => move(sent + fake.speed * 0.05), 50)
      }
    })
  }

  const nameOf = (ticket: Ticket) => files.get(ticket.token ?? '')?.name ?? ticket.key

  const endpoints: UploadEndpoints<Result> = {
    presign: (file, { signal }) => {
      files.set(file.id, file)
      return ask('presign', file.name, signal, () => fakeTicket(kind, file))
    },
    signParts: (ticket, partNumbers) =>
      Promise.resolve(
        partNumbers.map((partNumber) => ({ partNumber, url: `https://storage.test/${ticket.key}` })),
      ),
    listParts: () => Promise.resolve([]),
    complete: (ticket, { signal }) => ask('complete', nameOf(ticket), signal, () => undefined),
    confirm: (receipt, { signal }) => ask('confirm', receipt.file.name, signal, () => result(receipt)),
    discard: (ticket) => {
      calls.push(`discard ${nameOf(ticket)}`)
      return Promise.resolve()
    },
  }

  const transport: Transport = {
    send: (file, ticket, context) => {
      const sent = () => ({ etag: `fake-${ticket.key}` })
      const name = nameOf(ticket)
      return context.persist(() => ask<Sent>('send', name, context.signal, sent, context, file.size))
    },
  }

  /** Waits for a call of a file, and for no longer than a second of real time. */
  function waitFor(name: string, wanted?: FakeCall): Promise<Pending> {
    const find = () => [...pending].find((each) => each.name === name && (!wanted || each.call === wanted))
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        const waiting = [...pending].map((each) => `${each.call} ${each.name}`).join(', ') || 'nothing'
        reject(
          new Error(`No ${wanted ?? 'call'} of "${name}" is waiting to be answered; what waits: ${waiting}.`),
        )
      }, 1000)
      function look() {
        const found = find()
        if (!found) return
        clearTimeout(late)
        arrived = arrived.filter((each) => each !== look)
        resolve(found)
      }
      arrived.push(look)
      look()
    })
  }

  const fake: FakeUploads<Result> = {
    endpoints,
    transport,
    defaults: { retry: { retries: 0 } },
    calls,
    speed: options.speed ?? Infinity,
    latency: options.latency ?? 0,
    for: (name) => ({
      presign: async () => (await waitFor(name, 'presign')).answer(),
      progress: async (fraction) => (await waitFor(name, 'send')).progress(fraction),
      store: async () => {
        ;(await waitFor(name, 'send')).answer()
        if (kind === 'multipart') (await waitFor(name, 'complete')).answer()
      },
      confirm: async (value) => (await waitFor(name, 'confirm')).answer(value),
      fail: async (code = 'network') => {
        const call = await waitFor(name)
        call.fail(fakeError(code, call.call))
      },
    }),
    failNext: (call, code, name) => void planned.push({ call, code, name }),
  }
  return fake
}

function fakeError(code: UploadErrorCode, call: FakeCall): UploadError {
  return new UploadError(code, { phase: call === 'send' ? 'uploading' : callPhases[call] })
}

function fakeTicket(kind: Ticket['kind'], { id, name }: FileInfo): Ticket {
  const base = { key: `fake/${id}/${name}`, token: id }
  const url = `https://storage.test/${base.key}`
  switch (kind) {
    case 'put':
      return { ...base, kind, url }
    case 'post':
      return { ...base, kind, url, fields: { key: base.key } }
    case 'multipart':
      return { ...base, kind, uploadId: id, partSize: 5 * 1024 ** 2 }
  }
}

function defaultResult({ file, ticket }: Receipt): FakeResult {
  return { key: ticket.key, name: file.name, size: file.size, type: file.type }
}
