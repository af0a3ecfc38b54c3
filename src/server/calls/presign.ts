import { UploadError } from '../../protocol/errors.ts'
import { readString } from '../../protocol/parse.ts'
import { parseFileInfo } from '../../protocol/parse-file-info.ts'
import type { FileInfo, Ticket } from '../../protocol/ticket.ts'
import { storeFeatures } from '../../protocol/wire.ts'
import type { StoreFeature, WireAnswers, WirePolicy } from '../../protocol/wire.ts'
import { finalKeyOf, privatePrefixOf } from '../naming/object-keys.ts'
import { sanitizeName, keyName, nameForType, pathForType } from '../naming/file-names.ts'
import { loadRequiredPackages } from '../inspection/optional-packages.ts'
import { canReusePolicies } from '../routes/policy-reuse.ts'
import { maxPolicies, createPolicy, offeredPolicyOf } from './policies.ts'
import { readBatch, readIds, requestParseContextOf } from '../read-request.ts'
import type { CallBody } from '../read-request.ts'
import { checkFileInfo, findRoute } from '../routes/resolved-route.ts'
import type { ResolvedRoute } from '../routes/resolved-route.ts'
import type { RequestedFile, UploadUser } from '../routes/route.ts'
import { parseMeta } from '../routes/metadata-schema.ts'
import { chooseTicketKind } from '../routes/choose-ticket-kind.ts'
import type { PresignTarget, UploadStorage } from '../s3/storage.ts'
import { secondsUntilExpiry } from '../tokens/token-signers.ts'
import type { UploadClaims } from '../tokens/token-signers.ts'
import type { RequestContext } from '../request-context.ts'

/** Returns a ticket or an error for each file. Throws if all files have the same route and its `authorize` rejects. */
export async function presign(body: CallBody, context: RequestContext): Promise<WireAnswers['presign']> {
  const parseContext = requestParseContextOf('presign')
  const entries = readBatch(parseContext, body.files, 'files', context.filesPerRequest)
  const ids = readIds(parseContext, entries, 'files')

  const outcomes = await Promise.all(
    entries.map(async (entry, index): Promise<FileOutcome> => {
      try {
        const file = parseFileInfo(entry, parseContext, `files[${index}]`)
        if (ids.indexOf(file.id) !== ids.lastIndexOf(file.id)) {
          const message = 'Another file of the request has the same id. Ids must be unique in a request.'
          throw new UploadError('rejected', { phase: context.uploadPhase, message })
        }
        const route = findRoute(context.routes, file.route, context.uploadPhase)
        return {
          ...(await checkRequestedFile(file, route, context)),
          refusedFeatures: readRefusedFeatures(entry),
        }
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
  await loadRequiredPackages(Array.from(filesByRoute.keys(), ({ rules }) => rules))
  const userByRoute = new Map(
    Array.from(filesByRoute, ([route, files]) => [route, context.authorizeUser(route, files)]),
  )
  for (const user of userByRoute.values()) user.catch(() => {}) // prevents an unhandled rejection; awaited again below
  const [firstUser, secondUser] = userByRoute.values()
  if (firstUser && !secondUser) await firstUser
  await probeRefusedFeatures(outcomes, userByRoute, context)

  const tickets = outcomes.map(async (outcome, index) => {
    const id = ids[index] ?? ''
    try {
      const user = outcome.route && (await userByRoute.get(outcome.route))
      if (!user || !outcome.requestedFile) throw outcome.thrown
      return { id, ticket: await createTicket(outcome, user, context) }
    } catch (thrown) {
      return { id, error: context.toWireError(thrown) }
    }
  })
  // Calls `authorize` for policies only on routes whose `authorize` accepted the files.
  const authorizedRoutes = await Promise.all(
    Array.from(userByRoute, ([route, user]) =>
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
  outcomes: readonly FileOutcome[],
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
    const user = await context.authorizeUser(route, [], offeredPolicies)
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

/** Returns a ticket with the same key and uploadId and a new signature. The token keeps its expiry. */
export async function renew(body: CallBody, context: RequestContext): Promise<WireAnswers['renew']> {
  const { claims, route } = await context.authorizeUpload(
    readString(requestParseContextOf('renew'), body.token, 'token'),
  )
  return { ticket: await signTicket(claims, route, context) }
}

/**
 * Reads the features that storage refused when the browser tried to upload the file. Ignores unknown features, which a
 * newer version of the browser client may send.
 */
function readRefusedFeatures(file: unknown): readonly StoreFeature[] {
  const { refused } = Object(file) as { readonly refused?: unknown } // Object() makes an object of any value
  return Array.isArray(refused) ? storeFeatures.filter((feature) => refused.includes(feature)) : []
}

/**
 * Calls the storage's `probe` for each feature that the browser of an authorized user reports as refused. The report may
 * be false, so it changes only the ticket of its own file. The result of the probe changes the tickets of all users.
 */
async function probeRefusedFeatures(
  outcomes: readonly FileOutcome[],
  userByRoute: ReadonlyMap<ResolvedRoute, Promise<UploadUser>>,
  { toWireError }: RequestContext,
): Promise<void> {
  const refusedByStorage = new Map<UploadStorage, Set<StoreFeature>>()
  for (const { route, refusedFeatures = [] } of outcomes) {
    const isAuthorized = route && (await userByRoute.get(route)?.catch(() => undefined))
    if (!isAuthorized) continue
    const features = refusedByStorage.get(route.storage) ?? new Set()
    refusedByStorage.set(route.storage, features)
    // A route with `strategy: 'post'` uses POST whatever the probe finds.
    for (const feature of refusedFeatures)
      if (feature !== 'post' || route.strategy !== 'post') features.add(feature)
  }
  const probes = [...refusedByStorage].flatMap(([storage, features]) =>
    // Reports an error of the probe and does not throw it, because a ticket does not need the probe.
    [...features].map(async (feature) => storage.probe?.(feature).catch(toWireError)),
  )
  await Promise.all(probes)
}

/** A file of the request that fits its route and can be authorized, or the reason for its rejection. */
type FileOutcome = { readonly refusedFeatures?: readonly StoreFeature[] } & (
  | {
      readonly route: ResolvedRoute
      readonly file: FileInfo
      readonly requestedFile: RequestedFile<unknown>
      readonly thrown?: undefined
    }
  | { readonly route?: ResolvedRoute; readonly requestedFile?: undefined; readonly thrown: unknown }
)

async function checkRequestedFile(
  announcedFile: FileInfo,
  route: ResolvedRoute,
  { uploadPhase: phase }: RequestContext,
): Promise<FileOutcome> {
  try {
    const file = checkFileInfo(announcedFile, route, phase)
    // Later calls check the cleaned name, so it must fit the route too.
    checkFileInfo({ ...file, name: nameForType(sanitizeName(file.name), file.type) }, route, phase)
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
    refusedFeatures = [],
  }: FileOutcome & { readonly requestedFile: RequestedFile<unknown> },
  user: UploadUser,
  context: RequestContext,
): Promise<Ticket> {
  const { storage } = route
  const { now, tokenLifetimeMs } = context
  const kind = chooseTicketKind(file.size, route.strategy, {
    multipartFrom: storage.multipartFrom,
    // The app chose `strategy: 'post'`, so a browser's report must not change it.
    acceptsPost:
      (await storage.acceptsPost()) && (route.strategy === 'post' || !refusedFeatures.includes('post')),
    writeOnce: !route.promote,
  })
  const id = crypto.randomUUID()
  const { size, type, meta = {} } = file
  const path = file.path === undefined ? {} : { path: pathForType(file.path, type) }
  const picture = { ...(file.image && { image: file.image }), ...(file.crop && { crop: file.crop }) }
  const name = nameForType(sanitizeName(file.name), type)
  const nowMs = now()

  const { request } = context
  const finalKey = finalKeyOf({ id, name, size, type, ...path, ...picture }, requestedFile.meta, route, {
    user,
    request,
  })
  const key = route.promote ? privatePrefixOf(storage, user, id, nowMs) + keyName(name) : finalKey

  const location = { id, route: route.name, user: user.id, key, ...(route.promote && { to: finalKey }) }
  const hasChecksum = !refusedFeatures.includes('checksums') && (await storage.keepsChecksums())
  const checksumClaim = hasChecksum && ({ checksum: 'CRC64NVME' } as const)
  return signTicket(
    {
      ...location,
      name,
      size,
      type,
      meta,
      ...path,
      ...picture,
      kind,
      ...checksumClaim,
      exp: nowMs + tokenLifetimeMs,
    },
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
  const { uploadTokenSigner } = context
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
  const lifetimeSeconds = secondsUntilExpiry(claims, context)

  if (kind !== 'multipart') {
    const [token, signedRequest] = await Promise.all([
      uploadTokenSigner.issue(claims),
      kind === 'put' ? storage.signPut(target, lifetimeSeconds) : storage.signPost(target, lifetimeSeconds),
    ])
    return { key, token, ...checksumField, ...ticketOptions, ...signedRequest }
  }
  const isMultipartCreated = uploadId !== undefined && partSize !== undefined
  const multipartTicket = isMultipartCreated
    ? { kind, uploadId, partSize, ...checksumField }
    : await storage.openParts(target)
  const { checksum: _, ...otherClaims } = claims
  const token = await uploadTokenSigner.issue({
    ...otherClaims,
    ...(multipartTicket.checksum && { checksum: multipartTicket.checksum }),
    uploadId: multipartTicket.uploadId,
    partSize: multipartTicket.partSize,
  })
  // Each part is signed shortly before it is sent, so the ticket has no signature that expires before the token.
  return { key, token, ...ticketOptions, ...multipartTicket, expiresAt: claims.exp }
}
