import { settleInAct } from './settle-in-act.ts'
import { callPhases } from '../protocol/wire.ts'
import type { RetryOptions } from '../core/retry/retry.ts'
import type { PendingAnswer, SendContext, SendResult, Transport, UploadEndpoints } from '../core/ports.ts'
import { UploadError } from '../protocol/errors.ts'
import type { UploadErrorCode } from '../protocol/errors.ts'
import type { FileInfo, Receipt, Ticket } from '../protocol/ticket.ts'

/** Calls of an upload to backend and storage, in their usual order. */
export type FakeCall = 'presign' | 'send' | 'complete' | 'confirm' | 'discard'

export interface FakeUploadsOptions<Result> {
  /**
   * Speed of the fake storage, in bytes per second. With 0, every call waits until the test answers it. Default:
   * Infinity, which answers every call at once.
   */
  readonly speed?: number | undefined
  /** Delay of calls to the backend (presign, complete, confirm), in milliseconds. Default: 0. */
  readonly latency?: number | undefined
  /** Kind of the tickets that presign returns. Default: `post`. */
  readonly kind?: Ticket['kind'] | undefined
  /** Returns the answer to confirm. Default: a `FakeResult` with id, key, name, size and type. */
  readonly result?: ((receipt: Receipt) => Result) | undefined
}

/** A backend and a storage in memory. Pass both to `<UploadProvider>` or `createUploader`. */
export interface FakeUploads<Result> {
  readonly endpoints: UploadEndpoints<Result>
  readonly transport: Transport
  /** Uploader options without retries, so that a failure is visible at once. */
  readonly defaults: { readonly retry: RetryOptions }
  /** All calls so far: `'presign a.png'`, `'send a.png'`, `'confirm a.png'`, … */
  readonly calls: readonly string[]
  /** Speed in bytes per second. A test may change it, and `latency`, while uploads run. */
  speed: number
  latency: number
  /**
   * Returns controls for the upload of the file with this name. If several files have this name, the controls act on the
   * upload whose call waits for an answer.
   */
  for(name: string): FakeUpload<Result>
  /** Makes the next call of a kind fail, for the file with `name` or, without it, for any file. */
  failNext(call: FakeCall, code: UploadErrorCode, name?: string): void
}

/**
 * Controls of one upload. Each function waits until the upload makes the call, then answers it. Rejects if the call is
 * not made within four seconds. In React's act environment (Jest, Vitest with globals) the functions run in `act`, so
 * that a test needs no `act` around them.
 */
export interface FakeUpload<Result> {
  presign(): Promise<void>
  /** Reports a fraction 0 to 1 of the bytes as sent. React renders it with the next frame. */
  progress(fraction: number): Promise<void>
  /** Answers that the file is stored. */
  store(): Promise<void>
  confirm(result?: Result): Promise<void>
  /**
   * Answers confirm with a check that is pending. The upload is then `finishing` with the step `checking`, and calls
   * confirm again after `retryAfter` seconds, at least one. Default: 1.
   */
  check(retryAfter?: number): Promise<void>
  /** Fails the current call. Default code: `network`. */
  fail(code?: UploadErrorCode): Promise<void>
}

export interface FakeResult {
  readonly id: string
  readonly key: string
  readonly name: string
  readonly size: number
  readonly type: string
}

interface PendingCall {
  readonly call: FakeCall
  readonly name: string
  answer(value?: unknown): void
  fail(error: UploadError): void
  reportProgress(fraction: number): void
}

/** Creates a fake backend and storage. Uses only setTimeout, so that it works with fake timers. */
export function fakeUploads<Result = FakeResult>(
  options: FakeUploadsOptions<Result> = {},
): FakeUploads<Result> {
  const { kind = 'post', result = defaultResult as (receipt: Receipt) => Result } = options // `Result` is FakeResult if there is no `result`
  const calls: string[] = []
  const files = new Map<string, FileInfo>()
  const pendingCalls = new Set<PendingCall>()
  const plannedFailures: { call: FakeCall; code: UploadErrorCode; name?: string | undefined }[] = []
  let callListeners: (() => void)[] = []

  /** Registers a call, and answers it automatically unless `speed` is 0. */
  function makeCall<Answer>(
    call: FakeCall,
    name: string,
    signal: AbortSignal,
    createAnswer: () => Answer,
    sendContext?: SendContext,
    size = 0,
  ) {
    calls.push(`${call} ${name}`)
    const planIndex = plannedFailures.findIndex((plan) => plan.call === call && (plan.name ?? name) === name)
    const failure = planIndex < 0 ? undefined : plannedFailures.splice(planIndex, 1)[0]

    return new Promise<Answer>((resolve, reject) => {
      let timer: ReturnType<typeof setTimeout> | undefined
      function endCall(settlePromise: () => void) {
        clearTimeout(timer)
        pendingCalls.delete(pendingCall)
        signal.removeEventListener('abort', abort)
        settlePromise()
      }
      const abort = () => endCall(() => reject(signal.reason as Error))
      const pendingCall: PendingCall = {
        call,
        name,
        answer: (value) => endCall(() => resolve(value === undefined ? createAnswer() : (value as Answer))), // `FakeUpload` has the type of the value
        fail: (error) => endCall(() => reject(error)),
        reportProgress: (fraction) => sendContext?.onProgress(fraction * size),
      }
      pendingCalls.add(pendingCall)
      signal.addEventListener('abort', abort)
      if (signal.aborted) return abort()
      for (const check of callListeners) check()

      const answerCall = () =>
        failure ? pendingCall.fail(fakeError(failure.code, call)) : pendingCall.answer()
      if (fake.speed === 0) return failure && answerCall()
      if (call !== 'send') timer = fake.latency > 0 ? setTimeout(answerCall, fake.latency) : undefined
      else if (Number.isFinite(fake.speed)) advanceProgress(0)
      if (timer === undefined) answerCall()

      /** Reports progress every 50 ms, about as often as browsers. */
      function advanceProgress(sentBytes: number) {
        pendingCall.reportProgress(sentBytes / Math.max(1, size))
        if (sentBytes >= size || (failure && sentBytes > size / 2))
          return void (timer = setTimeout(answerCall, 50))
        timer = setTimeout(() => advanceProgress(sentBytes + fake.speed * 0.05), 50)
      }
    })
  }

  const nameOf = (ticket: Ticket) => files.get(ticket.token ?? '')?.name ?? ticket.key

  const endpoints: UploadEndpoints<Result> = {
    presign: (file, { signal }) => {
      files.set(file.id, file)
      return makeCall('presign', file.name, signal, () => fakeTicket(kind, file))
    },
    signParts: (ticket, partNumbers) =>
      Promise.resolve(
        partNumbers.map((partNumber) => ({ partNumber, url: `https://storage.test/${ticket.key}` })),
      ),
    listParts: () => Promise.resolve([]),
    complete: (ticket, { signal }) => makeCall('complete', nameOf(ticket), signal, () => undefined),
    confirm: (receipt, { signal }) => makeCall('confirm', receipt.file.name, signal, () => result(receipt)),
    discard: (ticket) => {
      calls.push(`discard ${nameOf(ticket)}`)
      return Promise.resolve()
    },
  }

  const transport: Transport = {
    send: (file, ticket, context) => {
      const createSendResult = () => ({ etag: `fake-${ticket.key}` })
      const name = nameOf(ticket)
      return context.withRetry(() =>
        makeCall<SendResult>('send', name, context.signal, createSendResult, context, file.size),
      )
    },
  }

  /** Waits for a call of a file, at most four seconds, because the first upload of a page loads the engine. */
  function waitFor(name: string, wantedCall?: FakeCall): Promise<PendingCall> {
    const findPendingCall = () =>
      [...pendingCalls].find(
        (pendingCall) => pendingCall.name === name && (!wantedCall || pendingCall.call === wantedCall),
      )
    return new Promise((resolve, reject) => {
      const timeout = setTimeout(() => {
        const callList =
          [...pendingCalls].map((pendingCall) => `${pendingCall.call} ${pendingCall.name}`).join(', ') ||
          'none'
        reject(new Error(`No pending ${wantedCall ?? 'call'} of "${name}". Pending calls: ${callList}.`))
      }, 4000)
      function checkPendingCalls() {
        const pendingCall = findPendingCall()
        if (!pendingCall) return
        clearTimeout(timeout)
        callListeners = callListeners.filter((listener) => listener !== checkPendingCalls)
        resolve(pendingCall)
      }
      callListeners.push(checkPendingCalls)
      checkPendingCalls()
    })
  }

  const answer = (name: string, call: FakeCall, value?: Result | PendingAnswer) =>
    settleInAct(
      () => waitFor(name, call),
      (pendingCall) => pendingCall.answer(value),
    )

  const fake: FakeUploads<Result> = {
    endpoints,
    transport,
    defaults: { retry: { retries: 0 } },
    calls,
    speed: options.speed ?? Infinity,
    latency: options.latency ?? 0,
    for: (name) => ({
      presign: () => answer(name, 'presign'),
      progress: (fraction) =>
        settleInAct(
          () => waitFor(name, 'send'),
          (call) => call.reportProgress(fraction),
          // Does not wait for a frame, because React renders many reports of one frame as one update.
          false,
        ),
      store: async () => {
        await answer(name, 'send')
        if (kind === 'multipart') await answer(name, 'complete')
      },
      confirm: (value) => answer(name, 'confirm', value),
      check: (retryAfter = 1) =>
        answer(name, 'confirm', { pending: { retryAfter, token: `fake-token-of-${name}` } }),
      fail: (code = 'network') =>
        settleInAct(
          () => waitFor(name),
          (call) => call.fail(fakeError(code, call.call)),
        ),
    }),
    failNext: (call, code, name) => void plannedFailures.push({ call, code, name }),
  }
  return fake
}

function fakeError(code: UploadErrorCode, call: FakeCall): UploadError {
  return new UploadError(code, { phase: call === 'send' ? 'uploading' : callPhases[call] })
}

function fakeTicket(kind: Ticket['kind'], { id, name }: FileInfo): Ticket {
  const commonFields = { key: `fake/${id}/${name}`, token: id }
  const url = `https://storage.test/${commonFields.key}`
  switch (kind) {
    case 'put':
      return { ...commonFields, kind, url }
    case 'post':
      return { ...commonFields, kind, url, fields: { key: commonFields.key } }
    case 'multipart':
      return { ...commonFields, kind, uploadId: id, partSize: 5 * 1024 ** 2 }
  }
}

function defaultResult({ file, ticket }: Receipt): FakeResult {
  return { id: file.id, key: ticket.key, name: file.name, size: file.size, type: file.type }
}
