import { toBase64Url } from '../../internal/base64url.ts'
import { expiryOf } from '../../core/answers/read-ticket.ts'
import {
  readCount,
  readList,
  readObject,
  readString,
  readStringRecord,
  readTicketOptions,
  readUrl,
} from '../../protocol/parse.ts'
import type { ParseContext } from '../../protocol/parse.ts'
import type { FileInfo, PostTicket, Ticket } from '../../protocol/ticket.ts'
import type { WirePolicy } from '../../protocol/wire.ts'

interface CachedPolicy extends WirePolicy {
  /**
   * Expiry in epoch milliseconds by this browser's clock. (`expiresAt` is by the server's clock, and becomes part of
   * each ticket.)
   */
  readonly localExpiresAt: number
}

/** Minimum remaining lifetime of a policy, so that a queued file can still be sent with it. */
const minLifetimeMs = 60_000

/** Caches the policies of a backend by route and type. A file that matches a policy needs no presign. */
export function createPolicyCache() {
  const cache = new Map<string, CachedPolicy>()
  /** Tokens of all policies, including those that were removed from the cache. */
  const issuedTokens = new Set<string>()
  let ticketCount = 0
  const cacheKey = ({ route, type }: Pick<FileInfo, 'route' | 'type'>) => JSON.stringify([route, type])

  return {
    /** Adds policies and returns their number. */
    add(value: unknown, context: ParseContext): number {
      const policies = readList(context, value ?? [], 'policies')
      for (const [index, item] of policies.entries()) {
        const policy = parsePolicy(item, context, `policies[${index}]`)
        issuedTokens.add(policy.token)
        cache.set(cacheKey(policy), {
          ...policy,
          localExpiresAt: expiryOf(ticketOf(policy, policy.prefix), Date.now()),
        })
      }
      return policies.length
    },
    /** Whether a route has a valid policy, for any type. */
    hasPolicy: (route: string | undefined) =>
      [...cache.values()].some((policy) => policy.route === route && isUsable(policy)),
    ticketFor(file: FileInfo): Ticket | undefined {
      const policy = cache.get(cacheKey(file))
      if (!policy || !isUsable(policy)) return undefined
      const { id, name, size, meta, path, image, crop } = file
      if (size < policy.minSize || size > policy.maxSize) return undefined
      const { token, expiresAt, checksum, connections, earlyConfirm, origins = [] } = policy
      const claimedFile = { id, name, size, meta, path, image, crop }
      const fileClaims = toBase64Url(new TextEncoder().encode(JSON.stringify(claimedFile)))
      const allOrigins = [new URL(policy.url).origin, ...origins]
      const url = policy.url.replace(/^https?:\/\/[^/]+/i, allOrigins[ticketCount % allOrigins.length] ?? '')
      ticketCount += 1
      return {
        ...ticketOf({ ...policy, url }, policy.prefix + id),
        token: `${token}.${fileClaims}`,
        expiresAt,
        ...(checksum && { checksum }),
        ...(connections !== undefined && { connections }),
        ...(earlyConfirm && { earlyConfirm }),
      }
    },
    /**
     * Removes the policy that a ticket was made from, unless a newer policy replaced it. Returns whether the ticket
     * was made from a policy.
     */
    drop({ token = '' }: Ticket): boolean {
      const policyToken = token.slice(0, token.lastIndexOf('.'))
      for (const [key, policy] of cache) if (policy.token === policyToken) cache.delete(key)
      return issuedTokens.has(policyToken)
    },
    /** Removes all policies, because the user may have changed. */
    clear: () => cache.clear(),
  }
}

function isUsable({ localExpiresAt }: CachedPolicy): boolean {
  return localExpiresAt - Date.now() > minLifetimeMs
}

function ticketOf({ url, fields }: WirePolicy, key: string): { key: string } & PostTicket {
  return { kind: 'post', key, url, fields: { ...fields, key } }
}

function parsePolicy(value: unknown, context: ParseContext, fieldPath: string): WirePolicy {
  const fields = readObject(context, value, fieldPath)
  const { route } = fields
  return {
    ...(route != null && { route: readString(context, route, `${fieldPath}.route`) }),
    type: readString(context, fields.type, `${fieldPath}.type`),
    minSize: readCount(context, fields.minSize, `${fieldPath}.minSize`),
    maxSize: readCount(context, fields.maxSize, `${fieldPath}.maxSize`),
    prefix: readString(context, fields.prefix, `${fieldPath}.prefix`),
    url: readUrl(context, fields.url, `${fieldPath}.url`),
    fields: readStringRecord(context, fields.fields, `${fieldPath}.fields`),
    token: readString(context, fields.token, `${fieldPath}.token`),
    expiresAt: readCount(context, fields.expiresAt, `${fieldPath}.expiresAt`),
    ...readTicketOptions(fields, context, fieldPath),
    ...(fields.origins != null && {
      origins: readList(context, fields.origins, `${fieldPath}.origins`).map((item, index) =>
        readUrl(context, item, `${fieldPath}.origins[${index}]`),
      ),
    }),
  }
}
