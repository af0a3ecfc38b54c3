import { toBase64Url } from '../protocol/base64url.ts'
import { endOf } from '../core/lifetime.ts'
import {
  readCount,
  readList,
  readObject,
  readText,
  readTexts,
  readTicketOptions,
  readUrl,
} from '../protocol/parse.ts'
import type { Reader } from '../protocol/parse.ts'
import type { FileInfo, PostTicket, Ticket } from '../protocol/ticket.ts'
import type { WirePolicy } from '../protocol/wire.ts'

interface KeptPolicy extends WirePolicy {
  /** Epoch milliseconds by this browser's clock. */
  readonly endsAt: number
}

/** Shortest remaining lifetime of a policy, so that a queued file can still be sent with it. */
const enough = 60_000

/** Caches the policies of a backend by route and type. A file that matches a policy needs no presign. */
export function createPolicies() {
  const kept = new Map<string, KeptPolicy>()
  let count = 0
  const nameOf = ({ route, type }: Pick<FileInfo, 'route' | 'type'>) => JSON.stringify([route, type])

  return {
    /** Adds policies and returns their number. */
    keep(list: unknown, reader: Reader): number {
      const policies = readList(reader, list ?? [], 'policies')
      for (const [index, each] of policies.entries()) {
        const policy = parsePolicy(each, reader, `policies[${index}]`)
        kept.set(nameOf(policy), { ...policy, endsAt: endOf(ticketOf(policy, policy.prefix), Date.now()) })
      }
      return policies.length
    },
    /** Whether a route has a valid policy, for any type. */
    has: (route: string | undefined) =>
      [...kept.values()].some((policy) => policy.route === route && isAlive(policy)),
    ticketFor(file: FileInfo): Ticket | undefined {
      const policy = kept.get(nameOf(file))
      if (!policy || !isAlive(policy)) return undefined
      const { id, name, size, meta } = file
      if (size < policy.minSize || size > policy.maxSize) return undefined
      const { token, expiresAt, checksum, connections, confirmAhead, origins = [] } = policy
      const about = toBase64Url(new TextEncoder().encode(JSON.stringify({ id, name, size, meta })))
      const all = [new URL(policy.url).origin, ...origins]
      const url = policy.url.replace(/^https?:\/\/[^/]+/i, all[count % all.length] ?? '')
      count += 1
      return {
        ...ticketOf({ ...policy, url }, policy.prefix + id),
        token: `${token}.${about}`,
        expiresAt,
        ...(checksum && { checksum }),
        ...(connections !== undefined && { connections }),
        ...(confirmAhead && { confirmAhead }),
      }
    },
    /** Removes all policies, because the user may have changed. */
    forget: () => kept.clear(),
  }
}

function isAlive({ endsAt }: KeptPolicy): boolean {
  return endsAt - Date.now() > enough
}

function ticketOf({ url, fields }: WirePolicy, key: string): { key: string } & PostTicket {
  return { kind: 'post', key, url, fields: { ...fields, key } }
}

function parsePolicy(value: unknown, reader: Reader, path: string): WirePolicy {
  const fields = readObject(reader, value, path)
  const { route } = fields
  return {
    ...(route != null && { route: readText(reader, route, `${path}.route`) }),
    type: readText(reader, fields.type, `${path}.type`),
    minSize: readCount(reader, fields.minSize, `${path}.minSize`),
    maxSize: readCount(reader, fields.maxSize, `${path}.maxSize`),
    prefix: readText(reader, fields.prefix, `${path}.prefix`),
    url: readUrl(reader, fields.url, `${path}.url`),
    fields: readTexts(reader, fields.fields, `${path}.fields`),
    token: readText(reader, fields.token, `${path}.token`),
    expiresAt: readCount(reader, fields.expiresAt, `${path}.expiresAt`),
    ...readTicketOptions(fields, reader, path),
    ...(fields.origins != null && {
      origins: readList(reader, fields.origins, `${path}.origins`).map((each, index) =>
        readUrl(reader, each, `${path}.origins[${index}]`),
      ),
    }),
  }
}
