import type { EndpointContext, PartsContext, UploadEndpoints } from '../core/ports.ts'
import { UploadError } from '../protocol/errors.ts'
import { parseError, readList, readObject } from '../protocol/parse.ts'
import type { FileInfo, PartUrl, Receipt, StoredPart, Ticket } from '../protocol/ticket.ts'
import { warnOnce } from '../protocol/warn.ts'
import { callPhases, maxBatch } from '../protocol/wire.ts'
import type { WireRequest } from '../protocol/wire.ts'
import { batched } from './batch.ts'
import { createPolicies } from './policies.ts'
import { postJson, readerOf } from './post-json.ts'
import type { Fields, HttpEndpointsOptions } from './post-json.ts'
import { createWarmth } from './warm.ts'

/** Sees every request to the backend: what it is for, and the files it is about. Must call `request` once. */
export type RequestObserver = <T>(
  call: WireRequest['type'],
  fileIds: readonly string[],
  request: () => Promise<T>,
) => Promise<T>

/** Endpoints whose requests can be watched. The provider shows them as TanStack mutations, one each. */
export interface ObservableEndpoints<Result> extends UploadEndpoints<Result> {
  observedBy(observer: RequestObserver): Required<Omit<UploadEndpoints<Result>, 'failed'>>
  /**
   * Makes these and others the same backend, if URL and options are equal: both send with the functions of these. False
   * for another backend.
   */
  replaces(others: ObservableEndpoints<unknown>): boolean
  /** Shared by endpoints that are the same backend. */
  source: HttpSource
}

interface HttpSource {
  readonly url: string
  options: HttpEndpointsOptions
}

/**
 * Endpoints that speak our JSON protocol with `createUploadHandler` of `putaway/server`, or with any backend that
 * implements it, at one URL. Calls made together travel together. The engine reads what comes back, as it does for every
 * backend. Create them once, outside of components or in `useMemo`. Throws UploadErrors: the backend's own, `network`
 * when there was no answer, `invalid-answer` when it makes no sense. What a `fetch` or `headers` of the options throws
 * stays as it is, unless it is how `fetch` says that there was no answer.
 */
export function httpEndpoints<Result = unknown>(
  url: string,
  options: HttpEndpointsOptions = {},
): ObservableEndpoints<Result> {
  let source: HttpSource = { url, options }
  const observedBy: ObservableEndpoints<Result>['observedBy'] = (observer) => {
    const policies = createPolicies()

    async function call(
      body: WireRequest,
      fileIds: readonly string[],
      signal?: AbortSignal,
    ): Promise<Fields> {
      try {
        return await observer(body.type, fileIds, () => postJson(url, source.options, body, signal))
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
      const count = policies.keep(answer.policies, readerOf('policies'))
      return { hello: answer.hello, count }
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
  const replaces: ObservableEndpoints<Result>['replaces'] = (others) => {
    if (!isSame(source, others.source)) return false
    others.source.options = source.options
    source = others.source
    warnOnce(
      'httpEndpoints() is called again by a render. Call it once, outside of the component or in useMemo().',
    )
    return true
  }
  // Not enumerable: a spread makes other endpoints, whose functions may be the app's own.
  return Object.defineProperties(
    observedBy((_call, _ids, request) => request()),
    { observedBy: { value: observedBy }, replaces: { value: replaces }, source: { get: () => source } },
  ) as ObservableEndpoints<Result> // what was just defined
}

/** Functions are another one in every render, so only whether there is one can be compared. */
function isSame(one: HttpSource, other: HttpSource): boolean {
  const key = ({ url, options: { headers, credentials, fetch } }: HttpSource) =>
    JSON.stringify([
      url,
      credentials,
      typeof fetch,
      typeof headers === 'function' ? 'function' : headers instanceof Headers ? [...headers] : headers,
    ])
  return key(one) === key(other)
}

function checksumsOf({ checksums }: PartsContext) {
  return checksums && { checksums }
}

/** How many confirms may wait for their bytes: each is a request that a backend holds. */
const mostAhead = 2
/** How long confirms wait for others, in milliseconds: less than anyone sees. */
const gather = 100

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
      throw new UploadError('invalid-answer', { phase: callPhases[call], message })
    }
    if (fields.error !== undefined) throw parseError(fields.error, callPhases[call])
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
