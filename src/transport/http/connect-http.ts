import type { EndpointContext, PartsContext, PendingAnswer, UploadEndpoints } from '../../core/ports.ts'
import { UploadError } from '../../protocol/errors.ts'
import { parseError, readList, readObject } from '../../protocol/parse.ts'
import type { FileInfo, PartUrl, Receipt, StoredPart, Ticket } from '../../protocol/ticket.ts'
import { callPhases, maxBatch } from '../../protocol/wire.ts'
import type { StoreFeature, WireRequest } from '../../protocol/wire.ts'
import { createBatcher } from './batch.ts'
import { createPolicyCache } from './policy-cache.ts'
import { postJson, parseContextOf } from './post-json.ts'
import type { Fields, HttpEndpointsOptions } from './post-json.ts'
import { createPreconnect, parsePreflights } from './preconnect.ts'
import { refusedFeature } from './refused-feature.ts'

/**
 * Function that runs every request to the backend. Gets the type of the request and the ids of its files, and must
 * call `request` once.
 */
export type RequestObserver = <T>(
  call: WireRequest['type'],
  fileIds: readonly string[],
  request: () => Promise<T>,
) => Promise<T>

/** The calls of `httpEndpoints`. */
export type HttpCalls<Result> = Required<Omit<UploadEndpoints<Result>, 'failed'>>

/** Sends the calls of `httpEndpoints` to one URL. `options` is called for every request. */
export function connectHttp<Result>(
  url: string,
  options: () => HttpEndpointsOptions,
  observer: RequestObserver,
): HttpCalls<Result> {
  const policyCache = createPolicyCache()

  async function call(body: WireRequest, fileIds: readonly string[], signal?: AbortSignal): Promise<Fields> {
    try {
      return await observer(body.type, fileIds, () => postJson(url, options(), body, signal))
    } catch (thrown) {
      // Drops the policies, because the signed-in user may have changed and policies belong to one user.
      if (thrown instanceof UploadError && /^(unauthorized|forbidden)$/.test(thrown.code)) policyCache.clear()
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
    const context = parseContextOf('policies')
    const preflights = parsePreflights(answer.preflights, context)
    return { hello: answer.hello, preflights, count: policyCache.add(answer.policies, context) }
  })
  /** The features that storage refused, by file id. */
  const refusedFeaturesById = new Map<string, readonly StoreFeature[]>()
  const presign = createBatcher<FileInfo, Ticket>({ maxCalls: maxBatch }, async (requestedFiles) => {
    const files = requestedFiles.map((file) => {
      const refused = refusedFeaturesById.get(file.id)
      return refused ? { ...file, refused } : file
    })
    const answer = await call({ type: 'presign', files }, idsOf(files))
    policyCache.add(answer.policies, parseContextOf('presign'))
    return answersByFileId(answer, 'presign', 'tickets', ({ ticket }) => ticket as Ticket) // the engine parses every ticket
  })
  async function confirmAll(receipts: readonly (Receipt & { id: string })[], isEarly = false) {
    const wireReceipts = receipts.map(({ id, ticket, etag, checksum }) => ({
      id,
      token: tokenOf(ticket),
      ...(etag !== undefined && { etag }),
      ...(checksum && { checksum }),
    }))
    const wireRequest = {
      type: 'confirm',
      receipts: wireReceipts,
      ...(isEarly && { early: isEarly }),
    } as const
    const answer = await call(wireRequest, idsOf(receipts))
    // The app defines the result. The app asserts the type of the result where it calls the hook. The engine reads
    // `pending`.
    return answersByFileId(
      answer,
      'confirm',
      'results',
      ({ pending, result }) => (pending == null ? result : { pending }) as Result | PendingAnswer,
    )
  }
  const confirm = createBatcher<Receipt & { id: string }, Result | PendingAnswer>(
    { maxCalls: maxBatch, gatherMs },
    (receipts) => confirmAll(receipts),
  )
  /** Results of early confirms by upload token. They are requested while the bytes are sent. */
  const earlyResultsByToken = new Map<string, Promise<Result | PendingAnswer>>()
  let earlyConfirmsInFlight = 0
  const discard = createBatcher<Ticket, void>({ maxCalls: maxBatch }, async (tickets) => {
    await call({ type: 'discard', tokens: tickets.map(tokenOf) }, [])
    return () => {}
  })

  return {
    preload,
    presign: async (file) =>
      (refusedFeaturesById.has(file.id) ? undefined : policyCache.ticketFor(file)) ?? presign(file),
    earlyConfirm(receipt) {
      const { file, ticket } = receipt
      if (!ticket.earlyConfirm || earlyConfirmsInFlight >= maxEarlyConfirms) return
      earlyConfirmsInFlight += 1
      const earlyResult = confirmAll([{ ...receipt, id: file.id }], true)
        .then((answerOf) => answerOf(file))
        .finally(() => (earlyConfirmsInFlight -= 1))
      earlyResult.catch(() => {}) // `confirm` handles the error
      earlyResultsByToken.set(tokenOf(ticket), earlyResult)
    },
    async confirm(receipt, { moreExpected }) {
      const token = tokenOf(receipt.ticket)
      const earlyResult = earlyResultsByToken.get(token)
      earlyResultsByToken.delete(token)
      const answer = await earlyResult?.catch((thrown: unknown) => {
        // Does not confirm again after a refusal. The backend has deleted the object, so a second confirm would only
        // fail with `not-stored`.
        if (thrown instanceof UploadError && !thrown.retryable) throw thrown
      })
      return answer ?? confirm({ ...receipt, id: receipt.file.id }, moreExpected)
    },
    discard: (ticket) => {
      earlyResultsByToken.delete(tokenOf(ticket))
      return discard(ticket)
    },
    renew: async (ticket, context) => (await callWithToken('renew', ticket, context)).ticket as Ticket, // the engine parses it
    signParts: async (ticket, partNumbers, context) =>
      (await callWithToken('sign-parts', ticket, context, { partNumbers, ...checksumsOf(context) }))
        .parts as PartUrl[], // the part signer parses them
    listParts: async (ticket, context) =>
      (await callWithToken('list-parts', ticket, context)).parts as StoredPart[], // `sendParts` parses them
    async replaceTicket(ticket, { id }, error) {
      const feature = refusedFeature(ticket, error)
      if (!feature) return error.code === 'network' && policyCache.drop(ticket)
      // Without policies, later files request tickets. The backend knows by then what the store supports.
      policyCache.clear()
      const refused = refusedFeaturesById.get(id) ?? []
      refusedFeaturesById.set(id, [...refused, feature])
      // If this feature was already reported for the file, the backend ignores reports. It would return the same kind
      // of ticket again.
      return !refused.includes(feature)
    },
    complete: async (ticket, context) => void (await callWithToken('complete', ticket, context)),
  }
}

function checksumsOf({ checksums }: PartsContext) {
  return checksums && { checksums }
}

/** Maximum number of early confirms at the same time. The backend keeps each of these requests open. */
const maxEarlyConfirms = 2
/** Time in milliseconds that confirms wait to be batched. It is too short for users to notice. */
const gatherMs = 100

/** Returns a lookup of answers by file id. The lookup throws the error of a file that failed. */
function answersByFileId<Out>(
  answer: Fields,
  call: 'presign' | 'confirm',
  listName: string,
  readAnswer: (fields: Fields) => Out,
): (input: { readonly id: string }) => Out {
  const answersById = new Map<unknown, Fields>()
  for (const listItem of readList(parseContextOf(call), answer[listName], listName)) {
    const fields = readObject(parseContextOf(call), listItem, `${listName}[]`)
    answersById.set(fields.id, fields)
  }
  return ({ id }) => {
    const fields = answersById.get(id)
    if (!fields) {
      const message = `The answer to ${call} lacks one of the requested files.`
      throw new UploadError('invalid-answer', { phase: callPhases[call], message })
    }
    if (fields.error != null) throw parseError(fields.error, callPhases[call])
    return readAnswer(fields)
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
