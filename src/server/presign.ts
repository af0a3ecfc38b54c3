import { UploadError } from '../protocol/errors.ts'
import { parseFileInfo, readText } from '../protocol/parse.ts'
import type { FileInfo, Ticket } from '../protocol/ticket.ts'
import type { WireAnswers, WirePolicy } from '../protocol/wire.ts'
import { finalKeyOf, privatePrefix } from './keys.ts'
import { cleanName, keyName, nameFor } from './names.ts'
import { isReusable, newPolicy } from './policy.ts'
import { readBatch, readIds, readerOf } from './request.ts'
import type { Body } from './request.ts'
import { checkFile, findRoute } from './ready-route.ts'
import type { ReadyRoute } from './ready-route.ts'
import type { AskedFile, UploadUser } from './route.ts'
import { parseMeta } from './schema.ts'
import { loadSniffer } from './sniff.ts'
import { kindFor } from './strategy.ts'
import type { Target } from './storage.ts'
import type { Claims } from './token.ts'
import type { Visit } from './visit.ts'

/** Answers a ticket or a reason for every file. A refusal by `authorize` of the only route is the whole answer. */
export async function presign(body: Body, visit: Visit): Promise<WireAnswers['presign']> {
  const reader = readerOf('presign')
  const list = readBatch(reader, body.files, 'files')
  const ids = readIds(reader, list, 'files')

  const asked = await Promise.all(
    list.map(async (each, index): Promise<Asked> => {
      try {
        const file = parseFileInfo(each, reader, `files[${index}]`)
        if (ids.indexOf(file.id) !== ids.lastIndexOf(file.id)) {
          const message = 'Another file of the request has the same id, and answers are matched by it.'
          throw new UploadError('rejected', { phase: visit.phase, message })
        }
        return await ask(file, findRoute(visit.routes, file.route, visit.phase), visit)
      } catch (thrown) {
        return { thrown }
      }
    }),
  )

  const perRoute = new Map<ReadyRoute, AskedFile<unknown>[]>()
  for (const { route, known } of asked) {
    if (!route) continue
    const files = perRoute.get(route) ?? []
    perRoute.set(route, files)
    if (known) files.push(known)
  }
  // Better now than when the bytes are there.
  if ([...perRoute.keys()].some(({ sniff }) => sniff)) await loadSniffer()
  const [first] = perRoute
  if (first && perRoute.size === 1) await visit.admit(...first)

  const tickets = asked.map(async (each, index) => {
    const id = ids[index] ?? ''
    try {
      if (!each.route) throw each.thrown
      const user = await visit.admit(each.route, perRoute.get(each.route))
      if (!each.known) throw each.thrown
      return { id, ticket: await newTicket(each, user, visit) }
    } catch (thrown) {
      return { id, error: visit.refuse(thrown) }
    }
  })
  const policies = await newPolicies(asked, visit)
  return { tickets: await Promise.all(tickets), ...(policies.length > 0 && { policies }) }
}

/** For the files that come after these. */
async function newPolicies(asked: readonly Asked[], visit: Visit): Promise<WirePolicy[]> {
  const kinds = new Map<string, { route: ReadyRoute; file: FileInfo }>()
  for (const each of asked) {
    if (each.known) kinds.set(JSON.stringify([each.route.name, each.file.type]), each)
  }
  const policies = Array.from(kinds.values(), async ({ route, file }) => {
    const small = route.strategy === 'post' || file.size < visit.storage.multipartFrom
    if (!small || !(await isReusable(route, visit.storage))) return []
    const user = await visit.admit(route).catch(() => undefined)
    return user ? [await newPolicy(file.type, route, file.route, user, visit)] : []
  })
  return (await Promise.all(policies)).flat()
}

/** The same key and uploadId with a new life. */
export async function renew(body: Body, visit: Visit): Promise<WireAnswers['renew']> {
  const { claims, route } = await visit.open(readText(readerOf('renew'), body.token, 'token'))
  return { ticket: await ticketFor({ ...claims, exp: visit.now() + visit.tokenLife }, route, visit) }
}

/** A file that was asked for: as it may come in, or why it may not. */
type Asked =
  | {
      readonly route: ReadyRoute
      readonly file: FileInfo
      readonly known: AskedFile<unknown>
      readonly thrown?: undefined
    }
  | { readonly route?: ReadyRoute; readonly known?: undefined; readonly thrown: unknown }

async function ask(announced: FileInfo, route: ReadyRoute, { phase }: Visit): Promise<Asked> {
  try {
    const file = checkFile(announced, route)
    const meta = await parseMeta(route.rules.input, file.meta ?? {}, phase)
    return { route, file, known: { ...file, meta } }
  } catch (thrown) {
    // Its reason is told to those who are let in.
    return { route, thrown }
  }
}

async function newTicket(
  { file, route, known }: Asked & { readonly known: AskedFile<unknown> },
  user: UploadUser,
  visit: Visit,
): Promise<Ticket> {
  const { storage, now, tokenLife } = visit
  const kind = kindFor(file.size, route.strategy, {
    multipartFrom: storage.multipartFrom,
    acceptsPost: await storage.acceptsPost(),
    writeOnce: !route.promote,
  })
  const id = crypto.randomUUID()
  const { size, type, meta = {} } = file
  const name = nameFor(cleanName(file.name), type)
  const at = now()

  const { request } = visit
  const final = finalKeyOf({ id, name, size, type }, known.meta, route, { user, request, storage })
  const key = route.promote ? privatePrefix(storage, user, id, at) + keyName(name) : final

  const about = { id, route: route.name, user: user.id, key, ...(route.promote && { to: final }) }
  const checksum = (await storage.keepsChecksums()) && ({ checksum: 'CRC64NVME' } as const)
  return ticketFor({ ...about, name, size, type, meta, kind, ...checksum, exp: at + tokenLife }, route, visit)
}

async function ticketFor(claims: Claims, route: ReadyRoute, visit: Visit): Promise<Ticket> {
  const { storage, tokens } = visit
  const { key, size, type, kind, uploadId, partSize, checksum } = claims
  const asked = {
    ...(checksum && { checksum }),
    ...(route.rules.confirmAhead && kind !== 'multipart' && { confirmAhead: true }),
  }
  const target: Target = { key, size, type, writeOnce: !route.promote }

  if (kind !== 'multipart') {
    const [token, signed] = await Promise.all([
      tokens.issue(claims),
      kind === 'put' ? storage.signPut(target) : storage.signPost(target),
    ])
    return { key, token, ...asked, ...signed }
  }
  const open = uploadId !== undefined && partSize !== undefined
  const parts = open ? { kind, uploadId, partSize } : await storage.openParts(target)
  const token = await tokens.issue({ ...claims, uploadId: parts.uploadId, partSize: parts.partSize })
  // Its parts are signed when they leave, so it lives as long as its token.
  return { key, token, ...asked, ...parts, expiresAt: claims.exp }
}
