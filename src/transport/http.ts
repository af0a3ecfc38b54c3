import type { EndpointContext, PartsContext, UploadEndpoints } from '../core/ports.ts'
import { UploadError, errorOfAnswer } from '../protocol/errors.ts'
import { errorAnswerOf } from '../protocol/error-answer.ts'
import type { UploadPhase } from '../protocol/errors.ts'
import { parseError, readList, readObject } from '../protocol/parse.ts'
import type { Reader } from '../protocol/parse.ts'
import type { FileInfo, PartUrl, Receipt, StoredPart, Ticket } from '../protocol/ticket.ts'
import { maxBatch } from '../protocol/wire.ts'
import type { WireRequest } from '../protocol/wire.ts'
import { batched } from './batch.ts'
import { createPolicies } from './policies.ts'
import { createWarmth } from './warm.ts'

export interface HttpEndpointsOptions {
  /** Sent with every call, for example an `Authorization`. A function is asked anew for every call. */
  readonly headers?: HeadersInit | (() => HeadersInit | Promise<HeadersInit>) | undefined
  /** As in `fetch`. Default: `same-origin`. */
  readonly credentials?: RequestCredentials | undefined
}

/** Sees every request to the backend: what it is for, and the files it is about. Must call `request` once. */
export type RequestObserver = <T>(
  call: WireRequest['type'],
  fileIds: readonly string[],
  request: () => Promise<T>,
) => Promise<T>

/** Endpoints whose requests can be watched. The provider shows them as TanStack mutations, one each. */
export interface ObservableEndpoints<Result> extends UploadEndpoints<Result> {
  observedBy(observer: RequestObserver): Required<Omit<UploadEndpoints<Result>, 'failed'>>
}

/**
 * Endpoints that speak our JSON protocol with `createUploadHandler` of `putaway/server`, or with any backend that
 * implements it, at one URL. Calls made together travel together. The engine reads what comes back, as it does for every
 * backend. Throws UploadErrors: the backend's own, `network`
 * when there was no answer, `invalid-answer` when it makes no sense.
 */
export function httpEndpoints<Result = unknown>(
  url: string,
  options: HttpEndpointsOptions = {},
): ObservableEndpoints<Result> {
  const observedBy: ObservableEndpoints<Result>['observedBy'] = (observer) => {
    const policies = createPolicies()

    async function call(
      body: WireRequest,
      fileIds: readonly string[],
      signal?: AbortSignal,
    ): Promise<Fields> {
      try {
        return await observer(body.type, fileIds, () => post(url, options, body, signal))
      } catch (thrown) {
        // Whoever is signed in now may not be who the policies are for.
        if (thrown instanceof UploadError && /^(unauthorized|forbidden)$/.test(thrown.code)) policies.forget()
        throw thrown
      }
    }

    const about = (
      type: 'renew' | 'sign-parts' | 'list-parts' | 'complete',
      ticket: Ticket,
      { signal }: EndpointContext,
      more?: Pick<Extract<WireRequest, { type: 'sign-parts' }>, 'partNumbers' | 'checksums'>,
    ) => call({ type, token: tokenOf(ticket), ...more } as WireRequest, [], signal) // only sign-parts asks for more

    const warm = createWarmth(policies, async (route) => {
      const asked = { type: 'policies', ...(route !== undefined && { route }) } as const
      const answer = await call(asked, [])
      policies.keep(answer.policies, readerOf('policies'))
      return answer.hello
    })
    const presign = batched<FileInfo, Ticket>({ max: maxBatch }, async (files) => {
      const answer = await call({ type: 'presign', files }, ids(files))
      policies.keep(answer.policies, readerOf('presign'))
      return byId(answer, 'presign', 'tickets', ({ ticket }) => ticket as Ticket) // the engine reads every ticket
    })
    async function confirmAll(receipts: readonly (Receipt & { id: string })[], early = false) {
      const body = receipts.map(({ id, ticket, etag, checksum }) => ({
        id,
        token: tokenOf(ticket),
        ...(etag !== undefined && { etag }),
        ...(checksum && { checksum }),
      }))
      const asked = { type: 'confirm', receipts: body, ...(early && { ahead: early }) } as const
      const answer = await call(asked, ids(receipts))
      // What confirm returns is the app's: its type is asserted where the hook is called.
      return byId(answer, 'confirm', 'results', ({ result }) => result as Result)
    }
    const confirm = batched<Receipt & { id: string }, Result>({ max: maxBatch, gather }, (receipts) =>
      confirmAll(receipts),
    )
    /** By token, what was asked while the bytes were on their way. */
    const ahead = new Map<string, Promise<Result>>()
    let underway = 0
    const discard = batched<Ticket, void>({ max: maxBatch }, async (tickets) => {
      await call({ type: 'discard', tokens: tickets.map(tokenOf) }, [])
      return () => {}
    })

    return {
      warm,
      presign: async (file) => policies.ticketFor(file) ?? presign(file),
      confirmAhead(receipt) {
        const { file, ticket } = receipt
        if (!ticket.confirmAhead || underway >= mostAhead) return
        underway += 1
        const early = confirmAll([{ ...receipt, id: file.id }], true)
          .then((answerOf) => answerOf(file))
          .finally(() => (underway -= 1))
        early.catch(() => {}) // whoever confirms sees it
        ahead.set(tokenOf(ticket), early)
      },
      async confirm(receipt, { more }) {
        const token = tokenOf(receipt.ticket)
        const early = ahead.get(token)
        ahead.delete(token)
        const answer = await early?.catch((thrown: unknown) => {
          // A refusal has deleted the object: asked again, the backend could only say that it is not there.
          if (thrown instanceof UploadError && !thrown.retryable) throw thrown
        })
        return answer ?? confirm({ ...receipt, id: receipt.file.id }, more)
      },
      discard: (ticket) => {
        ahead.delete(tokenOf(ticket))
        return discard(ticket)
      },
      renew: async (ticket, context) => (await about('renew', ticket, context)).ticket as Ticket, // as above
      signParts: async (ticket, partNumbers, context) =>
        (await about('sign-parts', ticket, context, { partNumbers, ...checksumsOf(context) }))
          .parts as PartUrl[], // as above
      listParts: async (ticket, context) =>
        (await about('list-parts', ticket, context)).parts as StoredPart[], // as above
      complete: async (ticket, context) => void (await about('complete', ticket, context)),
    }
  }
  return { ...observedBy((_call, _ids, request) => request()), observedBy }
}

function checksumsOf({ checksums }: PartsContext) {
  return checksums && { checksums }
}

type Fields = Readonly<Record<string, unknown>>

const phases: Readonly<Record<WireRequest['type'], UploadPhase>> = {
  policies: 'starting',
  presign: 'starting',
  renew: 'starting',
  'sign-parts': 'uploading',
  'list-parts': 'uploading',
  complete: 'finishing',
  confirm: 'finishing',
  discard: 'finishing',
}

function readerOf(call: WireRequest['type']): Reader {
  return { source: `The answer to ${call}`, phase: phases[call], code: 'invalid-answer' }
}

/** How many confirms may wait for their bytes: each is a request that a backend holds. */
const mostAhead = 2
/** How long confirms wait for others, in milliseconds: less than anyone sees. */
const gather = 100

/** How long a backend may take to answer, in milliseconds: confirm may have a large object to look at. */
const patience = 120_000

async function post(
  url: string,
  options: HttpEndpointsOptions,
  body: WireRequest,
  signal?: AbortSignal,
): Promise<Fields> {
  const phase = phases[body.type]
  const headers = new Headers(
    typeof options.headers === 'function' ? await options.headers() : options.headers,
  )
  headers.set('content-type', 'application/json')
  const timeout = AbortSignal.timeout(patience)
  const request = {
    method: 'POST',
    headers,
    credentials: options.credentials ?? 'same-origin',
    body: JSON.stringify(body),
    // Safari before 17.4 and Chrome before 116 cannot join signals: there a call that can be canceled has no timeout.
    signal: signal && 'any' in AbortSignal ? AbortSignal.any([signal, timeout]) : (signal ?? timeout),
    // A discard is often the last thing that a page does.
    keepalive: body.type === 'discard',
  }
  const [response, text] = await fetch(url, request)
    .then(async (answer) => [answer, await answer.text()] as const)
    .catch((cause: unknown) => {
      if (signal?.aborted) throw cause
      const message = `${body.type}: no answer came from the backend at ${url}. It is down, unreachable, or blocked by CORS.`
      throw new UploadError(timeout.aborted ? 'stalled' : 'network', { phase, status: 0, message, cause })
    })

  const { status } = response
  const answer = json(text)
  // Where every file was refused the status says so too, and each still has a reason of its own.
  const refusals = answer && typeof answer === 'object' && ('tickets' in answer || 'results' in answer)
  if (response.ok || refusals) return readObject(readerOf(body.type), answer, 'the body')
  const said = `${body.type}: the backend at ${url} answered ${status}.`
  throw errorOfAnswer(errorAnswerOf(status, response.headers, answer ?? text, said), { phase })
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Finds each file's own answer by its id, and throws the error that came instead of it. */
function byId<Out>(
  answer: Fields,
  call: 'presign' | 'confirm',
  list: string,
  read: (fields: Fields) => Out,
): (input: { readonly id: string }) => Out {
  const found = new Map<unknown, Fields>()
  for (const each of readList(readerOf(call), answer[list], list)) {
    const fields = readObject(readerOf(call), each, `${list}[]`)
    found.set(fields.id, fields)
  }
  return ({ id }) => {
    const fields = found.get(id)
    if (!fields) {
      const message = `The answer to ${call} has nothing about one of the files.`
      throw new UploadError('invalid-answer', { phase: phases[call], message })
    }
    if (fields.error !== undefined) throw parseError(fields.error, phases[call])
    return read(fields)
  }
}

function ids(files: readonly { readonly id: string }[]): string[] {
  return files.map(({ id }) => id)
}

function tokenOf({ token }: Ticket): string {
  if (token !== undefined) return token
  const message = 'The ticket came without a token, by which httpEndpoints names it to the backend.'
  throw new UploadError('invalid-answer', { phase: 'starting', message })
}
