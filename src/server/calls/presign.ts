import { UploadError } from '../../protocol/errors.ts'
import { parseFileInfo, readString } from '../../protocol/parse.ts'
import type { FileInfo, Ticket } from '../../protocol/ticket.ts'
import { storeFeatures } from '../../protocol/wire.ts'
import type { StoreFeature, WireAnswers, WirePolicy } from '../../protocol/wire.ts'
import { finalKeyOf, privatePrefixOf } from '../naming/object-keys.ts'
import { cleanName, keyName, nameForType, pathForType } from '../naming/file-names.ts'
import { loadPackages } from '../inspection/optional-packages.ts'
import { canReusePolicies } from '../routes/policy-reuse.ts'
import { maxPolicies, createPolicy, offeredPolicyOf } from './policies.ts'
import { readBatch, readIds, readerOf } from '../read-request.ts'
import type { CallBody } from '../read-request.ts'
import { checkFileInfo, findRoute } from '../routes/resolved-route.ts'
import type { ResolvedRoute } from '../routes/resolved-route.ts'
import type { RequestedFile, UploadUser } from '../routes/route.ts'
import { parseMeta } from '../routes/metadata-schema.ts'
import { chooseKind } from '../routes/upload-kind.ts'
import type { PresignTarget, UploadStorage } from '../s3/storage.ts'
import { secondsLeft } from '../tokens/claims.ts'
import type { UploadClaims } from '../tokens/claims.ts'
import type { RequestContext } from '../request-context.ts'

/** Answers a ticket or an error for every file. Throws when all files are of one route and its `authorize` rejects. */
export async function presign(body: CallBody, context: RequestContext): Promise<WireAnswers['presign']> {
  const reader = readerOf('presign')
  const entries = readBatch(reader, body.files, 'files')
  const ids = readIds(reader, entries, 'files')

  const outcomes = await Promise.all(
    entries.map(async (entry, index): Promise<RequestOutcome> => {
      try {
        const file = parseFileInfo(entry, reader, `files[${index}]`)
        if (ids.indexOf(file.id) !== ids.lastIndexOf(file.id)) {
          const message = 'Another file of the request has the same id. Ids must be unique in a request.'
          throw new UploadError('rejected', { phase: context.phase, message })
        }
        const route = findRoute(context.routes, file.route, context.phase)
        return { ...(await requestFile(file, route, context)), refused: readRefused(entry) }
      } catch (thrown) {
        return { thrown }
      }
    }),
  )

  const filesByRoute = new Map<ResolvedRoute, RequestedFile<unknown>[]>()
  for (const { route, requestedFile } of outcomes) {
    if (!route) continue
    const files = filesByRoute.get(route) ?? []
    filesByRoute.set(route, files)
    if (requestedFile) files.push(requestedFile)
  }
  // Fails if a package is missing, before the browser sends any bytes.
  await loadPackages(filesByRoute.keys())
  const users = new Map(Array.from(filesByRoute, ([route, files]) => [route, context.admit(route, files)]))
  for (const user of users.values()) user.catch(() => {}) // rethrown below for each file
  const [firstUser, secondUser] = users.values()
  if (firstUser && !secondUser) await firstUser
  await probeRefused(outcomes, users, context)

  const tickets = outcomes.map(async (outcome, index) => {
    const id = ids[index] ?? ''
    try {
      const user = outcome.route && (await users.get(outcome.route))
      if (!user || !outcome.requestedFile) throw outcome.thrown
      return { id, ticket: await createTicket(outcome, user, context) }
    } catch (thrown) {
      return { id, error: context.toWireError(thrown) }
    }
  })
  // `authorize` is called for policies only on routes where it accepted the files.
  const authorizedRoutes = await Promise.all(
    Array.from(users, ([route, user]) =>
      user.then(
        () => [route],
        () => [],
      ),
    ),
  )
  const policies = await Promise.all(
    authorizedRoutes.flat().map((route) => createPolicies(route, outcomes, context)),
  )
  return {
    tickets: await Promise.all(tickets),
    ...(policies.flat().length > 0 && { policies: policies.flat() }),
  }
}

/** Creates policies for later files of a route. Returns an empty list if `authorize` refuses them. */
async function createPolicies(
  route: ResolvedRoute,
  outcomes: readonly RequestOutcome[],
  context: RequestContext,
): Promise<WirePolicy[]> {
  const { storage } = route
  const routeNames = new Map<string, string | undefined>()
  for (const { requestedFile } of outcomes.filter((outcome) => outcome.route === route)) {
    if (requestedFile && requestedFile.size < storage.multipartFrom)
      routeNames.set(requestedFile.type, requestedFile.route)
  }
  if (routeNames.size === 0 || !(await canReusePolicies(route))) return []
  const types = [...routeNames.keys()].slice(0, maxPolicies)
  const offeredPolicies = types.map((type) => offeredPolicyOf(type, route))
  try {
    const user = await context.admit(route, [], offeredPolicies)
    return await Promise.all(
      offeredPolicies.map((offeredPolicy) =>
        createPolicy(offeredPolicy, route, routeNames.get(offeredPolicy.type), user, context),
      ),
    )
  } catch (thrown) {
    // Continues after an error, because policies are optional and the files have their tickets. `toWireError` reports
    // unexpected errors to `onError`.
    context.toWireError(thrown)
    return []
  }
}

/** Answers a ticket with the same key and uploadId and a new signature. The token keeps its expiry. */
export async function renew(body: CallBody, context: RequestContext): Promise<WireAnswers['renew']> {
  const { claims, route } = await context.openUpload(readString(readerOf('renew'), body.token, 'token'))
  return { ticket: await signTicket(claims, route, context) }
}

/** Reads what storage refused for a file. Unknown features are of a newer page, and ignored. */
function readRefused(file: unknown): readonly StoreFeature[] {
  const { refused } = Object(file) as { readonly refused?: unknown } // an object has properties
  return Array.isArray(refused) ? storeFeatures.filter((feature) => refused.includes(feature)) : []
}

/**
 * Lets the storage find out whether the features are missing that storage refused to browsers of authorized users. The
 * word of a browser changes nothing but the ticket of its own file.
 */
async function probeRefused(
  outcomes: readonly RequestOutcome[],
  users: ReadonlyMap<ResolvedRoute, Promise<UploadUser>>,
  { toWireError }: RequestContext,
): Promise<void> {
  const refusedByStorage = new Map<UploadStorage, Set<StoreFeature>>()
  for (const { route, refused = [] } of outcomes) {
    const isAuthorized = route && (await users.get(route)?.catch(() => undefined))
    if (!isAuthorized) continue
    const features = refusedByStorage.get(route.storage) ?? new Set()
    refusedByStorage.set(route.storage, features)
    // The answer changes nothing if the app decided for POST.
    for (const feature of refused) if (feature !== 'post' || route.strategy !== 'post') features.add(feature)
  }
  const probes = [...refusedByStorage].flatMap(([storage, features]) =>
    // Reported, and not thrown: the ticket does not depend on it.
    [...features].map(async (feature) => storage.probe?.(feature).catch(toWireError)),
  )
  await Promise.all(probes)
}

/** A file of the request that fits its route and can be authorized, or the reason for its rejection. */
type RequestOutcome = { readonly refused?: readonly StoreFeature[] } & (
  | {
      readonly route: ResolvedRoute
      readonly file: FileInfo
      readonly requestedFile: RequestedFile<unknown>
      readonly thrown?: undefined
    }
  | { readonly route?: ResolvedRoute; readonly requestedFile?: undefined; readonly thrown: unknown }
)

async function requestFile(
  announcedFile: FileInfo,
  route: ResolvedRoute,
  { phase }: RequestContext,
): Promise<RequestOutcome> {
  try {
    const file = checkFileInfo(announcedFile, route, phase)
    // Later calls check the cleaned name, so it must fit the route too.
    checkFileInfo({ ...file, name: nameForType(cleanName(file.name), file.type) }, route, phase)
    const meta = await parseMeta(route.rules.metaSchema, file.meta ?? {}, phase)
    return { route, file, requestedFile: { ...file, meta } }
  } catch (thrown) {
    // The error is kept until after `authorize`, because only authorized users may see the reason.
    return { route, thrown }
  }
}

async function createTicket(
  {
    file,
    route,
    requestedFile,
    refused = [],
  }: RequestOutcome & { readonly requestedFile: RequestedFile<unknown> },
  user: UploadUser,
  context: RequestContext,
): Promise<Ticket> {
  const { storage } = route
  const { now, tokenLifetimeMs } = context
  const kind = chooseKind(file.size, route.strategy, {
    multipartFrom: storage.multipartFrom,
    // `strategy: 'post'` is the app's decision, and no browser changes it.
    acceptsPost: (await storage.acceptsPost()) && (route.strategy === 'post' || !refused.includes('post')),
    writeOnce: !route.promote,
  })
  const id = crypto.randomUUID()
  const { size, type, meta = {} } = file
  const path = file.path === undefined ? {} : { path: pathForType(file.path, type) }
  const name = nameForType(cleanName(file.name), type)
  const nowMs = now()

  const { request } = context
  const finalKey = finalKeyOf({ id, name, size, type, ...path }, requestedFile.meta, route, {
    user,
    request,
  })
  const key = route.promote ? privatePrefixOf(storage, user, id, nowMs) + keyName(name) : finalKey

  const location = { id, route: route.name, user: user.id, key, ...(route.promote && { to: finalKey }) }
  const hasChecksum = !refused.includes('checksums') && (await storage.keepsChecksums())
  const checksumClaim = hasChecksum && ({ checksum: 'CRC64NVME' } as const)
  return signTicket(
    { ...location, name, size, type, meta, ...path, kind, ...checksumClaim, exp: nowMs + tokenLifetimeMs },
    route,
    context,
  )
}

async function signTicket(
  claims: UploadClaims,
  route: ResolvedRoute,
  context: RequestContext,
): Promise<Ticket> {
  const { storage } = route
  const { tokens } = context
  const { key, size, type, kind, uploadId, partSize, checksum } = claims
  const ticketOptions = {
    ...(route.rules.earlyConfirm && kind !== 'multipart' && { earlyConfirm: true }),
  }
  const checksumField = checksum && { checksum }
  const target: PresignTarget = {
    key,
    size,
    type,
    writeOnce: !route.promote,
    headers: route.uploadHeaders,
    ...checksumField,
  }
  const lifetimeSeconds = secondsLeft(claims, context)

  if (kind !== 'multipart') {
    const [token, signedRequest] = await Promise.all([
      tokens.issue(claims),
      kind === 'put' ? storage.signPut(target, lifetimeSeconds) : storage.signPost(target, lifetimeSeconds),
    ])
    return { key, token, ...checksumField, ...ticketOptions, ...signedRequest }
  }
  const isAlreadyOpen = uploadId !== undefined && partSize !== undefined
  const multipartTicket = isAlreadyOpen
    ? { kind, uploadId, partSize, ...checksumField }
    : await storage.openParts(target)
  const { checksum: _, ...otherClaims } = claims
  const token = await tokens.issue({
    ...otherClaims,
    ...(multipartTicket.checksum && { checksum: multipartTicket.checksum }),
    uploadId: multipartTicket.uploadId,
    partSize: multipartTicket.partSize,
  })
  // Parts are signed when they are sent, so the ticket lives as long as its token.
  return { key, token, ...ticketOptions, ...multipartTicket, expiresAt: claims.exp }
}
