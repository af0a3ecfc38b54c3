import { UploadError } from '../protocol/errors.ts'
import { parseFileInfo, readText } from '../protocol/parse.ts'
import type { FileInfo, Ticket } from '../protocol/ticket.ts'
import type { WireAnswers, WirePolicy } from '../protocol/wire.ts'
import { finalKeyOf, privatePrefix } from './keys.ts'
import { cleanName, keyName, nameFor } from './names.ts'
import { loadPackages } from './packages.ts'
import { isReusable, maxPolicies, newPolicy, offer } from './policy.ts'
import { readBatch, readIds, readerOf } from './request.ts'
import type { Body } from './request.ts'
import { checkFile, findRoute } from './ready-route.ts'
import type { ReadyRoute } from './ready-route.ts'
import type { AskedFile, UploadUser } from './route.ts'
import { parseMeta } from './schema.ts'
import { kindFor } from './strategy.ts'
import type { Target } from './storage.ts'
import { lifeOf } from './token.ts'
import type { Claims } from './token.ts'
import type { Visit } from './visit.ts'

/** Answers a ticket or an error for every file. Throws when all files are of one route and its `authorize` rejects. */
export async function presign(body: Body, visit: Visit): Promise<WireAnswers['presign']> {
  const reader = readerOf('presign')
  const list = readBatch(reader, body.files, 'files')
  const ids = readIds(reader, list, 'files')

  const asked = await Promise.all(
    list.map(async (each, index): Promise<Asked> => {
      try {
        const file = parseFileInfo(each, reader, `files[${index}]`)
        if (ids.indexOf(file.id) !== ids.lastIndexOf(file.id)) {
          const message = 'Another file of the request has the same id. Ids must be unique in a request.'
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
  // A missing package fails here, before the bytes are sent.
  await loadPackages(perRoute.keys())
  const users = new Map(Array.from(perRoute, ([route, files]) => [route, visit.admit(route, files)]))
  for (const user of users.values()) user.catch(() => {}) // rethrown below for each file
  const [only, second] = users.values()
  if (only && !second) await only

  const tickets = asked.map(async (each, index) => {
    const id = ids[index] ?? ''
    try {
      const user = each.route && (await users.get(each.route))
      if (!user || !each.known) throw each.thrown
      return { id, ticket: await newTicket(each, user, visit) }
    } catch (thrown) {
      return { id, error: visit.refuse(thrown) }
    }
  })
  // `authorize` is called for policies only on routes where it accepted the files.
  const entered = await Promise.all(
    Array.from(users, ([route, user]) =>
      user.then(
        () => [route],
        () => [],
      ),
    ),
  )
  const policies = await Promise.all(entered.flat().map((route) => newPolicies(route, asked, visit)))
  return {
    tickets: await Promise.all(tickets),
    ...(policies.flat().length > 0 && { policies: policies.flat() }),
  }
}

/** For the files of a route that come after these: none where `authorize` refuses them. */
async function newPolicies(route: ReadyRoute, asked: readonly Asked[], visit: Visit): Promise<WirePolicy[]> {
  const { storage } = visit
  const named = new Map<string, string | undefined>()
  for (const { known } of asked.filter((each) => each.route === route)) {
    if (known && known.size < storage.multipartFrom) named.set(known.type, known.route)
  }
  if (named.size === 0 || !(await isReusable(route, storage))) return []
  const types = [...named.keys()].slice(0, maxPolicies)
  const offered = types.map((type) => offer(type, route, storage))
  try {
    const user = await visit.admit(route, [], offered)
    return await Promise.all(offered.map((each) => newPolicy(each, route, named.get(each.type), user, visit)))
  } catch (thrown) {
    // Policies are optional, and the files have their tickets: only report unexpected errors.
    visit.refuse(thrown)
    return []
  }
}

/** Answers a ticket with the same key and uploadId and a new signature. The upload's token expires when it did before. */
export async function renew(body: Body, visit: Visit): Promise<WireAnswers['renew']> {
  const { claims, route } = await visit.open(readText(readerOf('renew'), body.token, 'token'))
  return { ticket: await ticketFor(claims, route, visit) }
}

/** A file of the request: checked and authorizable, or with the reason for its rejection. */
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
    const file = checkFile(announced, route, phase)
    // Later calls check the cleaned name, so it must fit the route too.
    checkFile({ ...file, name: nameFor(cleanName(file.name), file.type) }, route, phase)
    const meta = await parseMeta(route.rules.input, file.meta ?? {}, phase)
    return { route, file, known: { ...file, meta } }
  } catch (thrown) {
    // Kept, because only authorized users may see the reason.
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
  const life = lifeOf(claims, visit)

  if (kind !== 'multipart') {
    const [token, signed] = await Promise.all([
      tokens.issue(claims),
      kind === 'put' ? storage.signPut(target, life) : storage.signPost(target, life),
    ])
    return { key, token, ...asked, ...signed }
  }
  const open = uploadId !== undefined && partSize !== undefined
  const parts = open ? { kind, uploadId, partSize } : await storage.openParts(target)
  const token = await tokens.issue({ ...claims, uploadId: parts.uploadId, partSize: parts.partSize })
  // Parts are signed when they are sent, so the ticket lives as long as its token.
  return { key, token, ...asked, ...parts, expiresAt: claims.exp }
}
