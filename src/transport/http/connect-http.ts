import type { EndpointContext, PartsContext, UploadEndpoints } from '../../core/ports.ts'
import { UploadError } from '../../protocol/errors.ts'
import { parseError, readList, readObject } from '../../protocol/parse.ts'
import type { FileInfo, PartUrl, Receipt, StoredPart, Ticket } from '../../protocol/ticket.ts'
import { warnOnce } from '../../internal/warn-once.ts'
import { callPhases, maxBatch } from '../../protocol/wire.ts'
import type { WireRequest } from '../../protocol/wire.ts'
import { createBatcher } from './batch.ts'
import { createPolicyCache } from './policy-cache.ts'
import { postJson, parseContextOf } from './post-json.ts'
import type { Fields, HttpEndpointsOptions } from './post-json.ts'
import { createPreconnect } from './preconnect.ts'

/** Wraps every request to the backend. Gets its type and the ids of its files, and must call `request` once. */
export type RequestObserver = <T>(
  call: WireRequest['type'],
  fileIds: readonly string[],
  request: () => Promise<T>,
) => Promise<T>

/** Endpoints whose requests can be observed. The provider shows each request as a TanStack mutation. */
export interface ObservableEndpoints<Result> extends UploadEndpoints<Result> {
  observe(observer: RequestObserver): Required<Omit<UploadEndpoints<Result>, 'failed'>>
  /**
   * Shares the source with other endpoints if URL and options are equal, so that both send with the newest functions.
   * Returns false for a different backend.
   */
  shareSource(otherEndpoints: ObservableEndpoints<unknown>): boolean
  /** Shared by endpoints of the same backend. */
  source: HttpSource
  /** These endpoints. Enumerable, so that an object into which an app spreads them can share the source too. */
  readonly origin: ObservableEndpoints<unknown>
}

interface HttpSource {
  readonly url: string
  options: HttpEndpointsOptions
  /** Functions with one set of batches and policies. */
  readonly functions: Required<Omit<UploadEndpoints, 'failed'>>
}

/**
 * Creates endpoints that speak putaway's JSON protocol at one URL, with `createUploadHandler` of `putaway/server` or any
 * backend that implements it. Calls made at the same time are sent as one batch. Create the endpoints once, outside of
 * components or in `useMemo`. Throws UploadErrors: the error of the backend, `network` or `stalled` without an answer,
 * `invalid-answer` for an answer that cannot be parsed. An error of your own `fetch` or `headers` is passed on, unless it
 * is how `fetch` reports that there was no answer.
 */
export function httpEndpoints<Result = unknown>(
  url: string,
  options: HttpEndpointsOptions = {},
): ObservableEndpoints<Result> {
  const observe: ObservableEndpoints<Result>['observe'] = (observer) => {
    const policyCache = createPolicyCache()

    async function call(
      body: WireRequest,
      fileIds: readonly string[],
      signal?: AbortSignal,
    ): Promise<Fields> {
      try {
        return await observer(body.type, fileIds, () => postJson(url, source.options, body, signal))
      } catch (thrown) {
        // The signed-in user may have changed, and the policies belong to the previous user.
        if (thrown instanceof UploadError && /^(unauthorized|forbidden)$/.test(thrown.code))
          policyCache.clear()
        throw thrown
      }
    }

    const callWithToken = (
      type: 'renew' | 'sign-parts' | 'list-parts' | 'complete',
      ticket: Ticket,
      { signal }: EndpointContext,
      extraFields?: Pick<Extract<WireRequest, { type: 'sign-parts' }>, 'partNumbers' | 'checksums'>,
    ) => call({ type, token: tokenOf(ticket), ...extraFields } as WireRequest, [], signal) // only sign-parts has more fields

    const preload = createPreconnect(policyCache, async (route) => {
      const wireRequest = { type: 'policies', ...(route !== undefined && { route }) } as const
      const answer = await call(wireRequest, [])
      const count = policyCache.add(answer.policies, parseContextOf('policies'))
      return { hello: answer.hello, count }
    })
    const presign = createBatcher<FileInfo, Ticket>({ max: maxBatch }, async (files) => {
      const answer = await call({ type: 'presign', files }, idsOf(files))
      policyCache.add(answer.policies, parseContextOf('presign'))
      return answersByFileId(answer, 'presign', 'tickets', ({ ticket }) => ticket as Ticket) // the engine parses every ticket
    })
    async function confirmAll(receipts: readonly (Receipt & { id: string })[], isEarly = false) {
      const body = receipts.map(({ id, ticket, etag, checksum }) => ({
        id,
        token: tokenOf(ticket),
        ...(etag !== undefined && { etag }),
        ...(checksum && { checksum }),
      }))
      const wireRequest = { type: 'confirm', receipts: body, ...(isEarly && { early: isEarly }) } as const
      const answer = await call(wireRequest, idsOf(receipts))
      // The app defines the result: its type is asserted where the hook is called.
      return answersByFileId(answer, 'confirm', 'results', ({ result }) => result as Result)
    }
    const confirm = createBatcher<Receipt & { id: string }, Result>({ max: maxBatch, gatherMs }, (receipts) =>
      confirmAll(receipts),
    )
    /** Early confirms by token, requested while the bytes were sent. */
    const earlyConfirms = new Map<string, Promise<Result>>()
    let inFlight = 0
    const discard = createBatcher<Ticket, void>({ max: maxBatch }, async (tickets) => {
      await call({ type: 'discard', tokens: tickets.map(tokenOf) }, [])
      return () => {}
    })

    return {
      preload,
      presign: async (file) => policyCache.ticketFor(file) ?? presign(file),
      earlyConfirm(receipt) {
        const { file, ticket } = receipt
        if (!ticket.earlyConfirm || inFlight >= maxEarlyConfirms) return
        inFlight += 1
        const earlyResult = confirmAll([{ ...receipt, id: file.id }], true)
          .then((answerOf) => answerOf(file))
          .finally(() => (inFlight -= 1))
        earlyResult.catch(() => {}) // `confirm` handles the error
        earlyConfirms.set(tokenOf(ticket), earlyResult)
      },
      async confirm(receipt, { moreExpected }) {
        const token = tokenOf(receipt.ticket)
        const earlyResult = earlyConfirms.get(token)
        earlyConfirms.delete(token)
        const answer = await earlyResult?.catch((thrown: unknown) => {
          // After a refusal the backend has deleted the object: a second confirm would only fail with `not-stored`.
          if (thrown instanceof UploadError && !thrown.retryable) throw thrown
        })
        return answer ?? confirm({ ...receipt, id: receipt.file.id }, moreExpected)
      },
      discard: (ticket) => {
        earlyConfirms.delete(tokenOf(ticket))
        return discard(ticket)
      },
      renew: async (ticket, context) => (await callWithToken('renew', ticket, context)).ticket as Ticket, // as above
      signParts: async (ticket, partNumbers, context) =>
        (await callWithToken('sign-parts', ticket, context, { partNumbers, ...checksumsOf(context) }))
          .parts as PartUrl[], // as above
      listParts: async (ticket, context) =>
        (await callWithToken('list-parts', ticket, context)).parts as StoredPart[], // as above
      complete: async (ticket, context) => void (await callWithToken('complete', ticket, context)),
    }
  }
  const functions = observe((_call, _ids, request) => request())
  let source: HttpSource = { url, options, functions }
  const shareSource: ObservableEndpoints<Result>['shareSource'] = (otherEndpoints) => {
    if (!isSameSource(source, otherEndpoints.source)) return false
    otherEndpoints.source.options = source.options
    source = otherEndpoints.source
    warnOnce(
      'httpEndpoints() is called again by a render. Call it once, outside of the component or in useMemo().',
    )
    return true
  }
  const delegates = Object.keys(functions).map((name) => {
    const current = () => source.functions[name as keyof typeof functions] as (...call: unknown[]) => unknown // its key
    return [name, (...call: unknown[]) => current()(...call)]
  })
  // Not enumerable: a spread creates different endpoints, whose functions the app may replace.
  const endpoints = Object.defineProperties(Object.fromEntries(delegates), {
    observe: { value: observe },
    shareSource: { value: shareSource },
    source: { get: () => source },
  }) as ObservableEndpoints<Result> // the properties were just defined
  return Object.assign(endpoints, { origin: endpoints })
}

/** Whether two sources have the same URL and options. Functions differ in every render, so only their presence counts. */
function isSameSource(one: HttpSource, other: HttpSource): boolean {
  const comparisonKey = ({ url, options: { headers, credentials, fetch } }: HttpSource) =>
    JSON.stringify([
      url,
      credentials,
      typeof fetch,
      typeof headers === 'function' ? 'function' : headers instanceof Headers ? [...headers] : headers,
    ])
  return comparisonKey(one) === comparisonKey(other)
}

function checksumsOf({ checksums }: PartsContext) {
  return checksums && { checksums }
}

/** Maximum number of early confirms at the same time: each is a request that the backend holds open. */
const maxEarlyConfirms = 2
/** Time that confirms wait to be batched: too short for users to notice. */
const gatherMs = 100

/** Returns a lookup of answers by file id. The lookup throws the error of a file that failed. */
function answersByFileId<Out>(
  answer: Fields,
  call: 'presign' | 'confirm',
  listName: string,
  read: (fields: Fields) => Out,
): (input: { readonly id: string }) => Out {
  const answersById = new Map<unknown, Fields>()
  for (const each of readList(parseContextOf(call), answer[listName], listName)) {
    const fields = readObject(parseContextOf(call), each, `${listName}[]`)
    answersById.set(fields.id, fields)
  }
  return ({ id }) => {
    const fields = answersById.get(id)
    if (!fields) {
      const message = `The answer to ${call} lacks one of the requested files.`
      throw new UploadError('invalid-answer', { phase: callPhases[call], message })
    }
    if (fields.error != null) throw parseError(fields.error, callPhases[call])
    return read(fields)
  }
}

function idsOf(files: readonly { readonly id: string }[]): string[] {
  return files.map(({ id }) => id)
}

function tokenOf({ token }: Ticket): string {
  if (token !== undefined) return token
  const message = 'The ticket has no token. httpEndpoints needs it to identify the upload to the backend.'
  throw new UploadError('invalid-answer', { phase: 'starting', message })
}
