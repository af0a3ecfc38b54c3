import type { StoreFeature } from '../../protocol/wire.ts'
import { objectUrl } from './address.ts'
import { featuresOf } from './compatibility.ts'
import type { FeatureMemory, StoreFeatures, StoreName } from './compatibility.ts'
import type { Bucket, Connection } from './connection.ts'
import { withDeadline } from './deadline.ts'
import { httpStatusOf, isNotFound, isPreconditionFailed, isTransient, isUnsupported } from './errors.ts'
import { signForm } from './post-policy.ts'
import { readXml, sendForHeaders } from './request.ts'
import type { S3Call } from './request.ts'

interface FeatureOptions {
  readonly store?: StoreName | undefined
  readonly post?: boolean | undefined
  readonly checksums?: boolean | undefined
}

/** Creates a bucket object that knows the features of its store. */
export function prepareBucket(connection: Connection, name: string, featureOptions?: FeatureOptions): Bucket {
  return { connection, name, features: createFeatureMemory(connection, name, featureOptions) }
}

/** Time after which a feature that the store refused is used again, because the refusal may have come from a proxy. */
const rememberMissingMs = 60 * 60_000

/** Creates the memory for one bucket. The memory is not shared between server processes. */
function createFeatureMemory(
  connection: Connection,
  bucketName: string,
  { store, post, checksums }: FeatureOptions = {},
): FeatureMemory {
  const missingSince = new Map<keyof StoreFeatures, number>()
  return {
    async get() {
      const { url } = await connection.addressOf(bucketName)
      const missingFeatures = [...missingSince].filter(([, since]) => Date.now() - since < rememberMissingMs)
      return {
        ...featuresOf(url, store),
        ...(post !== undefined && { post }),
        ...(checksums !== undefined && { checksums }),
        ...Object.fromEntries(missingFeatures.map(([feature]) => [feature, false])),
      }
    },
    markMissing: (feature) => void missingSince.set(feature, Date.now()),
  }
}

/**
 * Sends a request that uses a feature. If the store refuses the request, sends the request again without the feature.
 * Remembers the feature as missing if the second request succeeds or answers that the object does not exist.
 * `isRefusal` returns whether an error may be a refusal of the feature.
 */
export async function sendWithFallback<Answer>(
  { features }: Bucket,
  feature: keyof StoreFeatures,
  send: (withFeature: boolean) => Promise<Answer>,
  isRefusal: (thrown: unknown) => boolean | Promise<boolean> = isUnsupported,
): Promise<Answer> {
  if (!(await features.get())[feature]) return send(false)
  let refusal: unknown
  try {
    return await send(true)
  } catch (thrown) {
    if (!(await isRefusal(thrown))) throw thrown
    refusal = thrown
  }
  try {
    const answer = await send(false)
    features.markMissing(feature)
    return answer
  } catch (thrown) {
    if (isNotFound(thrown)) features.markMissing(feature)
    throw httpStatusOf(thrown) === undefined ? refusal : thrown
  }
}

/** Minimum time between two probes of one feature. */
const minProbeIntervalMs = 10 * 60_000

/**
 * Returns a function that probes a feature: it sends a request with the feature to the store. If the store refuses the
 * request, the feature is remembered as missing. Browsers can cause at most one probe per feature in ten minutes. A
 * probe deletes the object that it wrote.
 */
export function createFeatureProbe(bucket: Bucket, prefix: string): (feature: StoreFeature) => Promise<void> {
  const lastProbeAt = new Map<StoreFeature, number>()
  return async (feature) => {
    if (!(await bucket.features.get())[feature]) return
    // Sets the time before the request, so that concurrent reports of browsers cause one probe.
    if (Date.now() - (lastProbeAt.get(feature) ?? -Infinity) < minProbeIntervalMs) return
    lastProbeAt.set(feature, Date.now())
    const key = `${prefix}putaway-probe/${crypto.randomUUID()}`
    try {
      if (feature === 'post') await probePost(bucket, key)
      else await probePut(bucket, key, feature)
    } finally {
      await sendForHeaders(bucket, { operation: 'DeleteObject', method: 'DELETE', key }).catch(() => {})
    }
  }
}

/** Headers of a PUT of the body `x` that use a feature. */
const probeHeaders = {
  checksums: {
    'x-amz-checksum-crc64nvme': 'Lb1nAmRU5LE=',
    'x-amz-sdk-checksum-algorithm': 'CRC64NVME',
  },
  writeOnce: { 'if-none-match': '*' },
} as const

function probePut(bucket: Bucket, key: string, feature: keyof typeof probeHeaders): Promise<unknown> {
  const call = { operation: 'PutObject', method: 'PUT', key, body: 'x' } as const satisfies S3Call
  return sendWithFallback(bucket, feature, (withFeature) =>
    sendForHeaders(bucket, withFeature ? { ...call, headers: probeHeaders[feature] } : call),
  )
}

async function probePost(bucket: Bucket, key: string): Promise<void> {
  const { fields } = await signForm(bucket, { key }, { type: 'text/plain' }, [1, 1], 60)
  const address = await bucket.connection.addressOf(bucket.name)
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  form.append('file', new Blob(['x']))
  const response = await withDeadline((signal) =>
    bucket.connection.fetch(objectUrl(address).href, {
      method: 'POST',
      body: form,
      redirect: 'manual',
      signal,
    }),
  )
  const { status } = response
  const answer = await readXml(response, { operation: 'PostObject', method: 'POST' }).catch(() => '')
  const isMissing =
    status === 405 || status === 501 || /<Code>(NotImplemented|MethodNotAllowed)</.test(answer)
  if (isMissing) bucket.features.markMissing('post')
}

/**
 * Connections to stores that passed the test of `supportsCopyConditions`. The test does not run again for these
 * connections.
 */
const conditionalStores = new WeakSet<Connection>()

/**
 * Whether the store checks the conditions of a copy, which Ceph 16 ignores. `failingCopy` sends a copy with a condition
 * that never holds.
 */
export async function supportsCopyConditions(
  connection: Connection,
  failingCopy: () => Promise<unknown>,
): Promise<boolean> {
  if (conditionalStores.has(connection)) return true
  try {
    await failingCopy()
    return false
  } catch (thrown) {
    if (!isPreconditionFailed(thrown)) throw thrown
    conditionalStores.add(connection)
    return true
  }
}

interface ReplaceTest {
  readonly isRefused: boolean
  readonly testedAt: number
}

/** Results of `learnCopyCondition`. They are not shared between server processes. */
const replaceTests = new WeakMap<Connection, ReplaceTest>()
/** Time after which a store that replaced an object, or failed, is tested again. */
const retestMs = 60 * 60_000

/**
 * Whether the store has refused to replace an object by a copy with the condition that the destination is absent. Stores
 * such as Garage and Ceph 16 ignore this condition, so it must be tested.
 */
export async function refusesToReplace({ connection, features }: Bucket): Promise<boolean> {
  return (await features.get()).copyIfAbsent !== false && replaceTests.get(connection)?.isRefused === true
}

/**
 * Tests a store once. `copyToExisting` sends a copy with the given condition to a key that has an object. Never rejects,
 * because without a result `confirm` only takes longer.
 */
export async function learnCopyCondition(
  { connection, features }: Bucket,
  copyToExisting: (condition: Readonly<Record<string, string>>) => Promise<unknown>,
): Promise<void> {
  const { copyIfAbsent: header } = await features.get()
  const lastTest = replaceTests.get(connection)
  if (header === false || lastTest?.isRefused || Date.now() - (lastTest?.testedAt ?? 0) < retestMs) return
  const setResult = (isRefused: boolean) => replaceTests.set(connection, { isRefused, testedAt: Date.now() })
  // Set before the request, so that concurrent confirms cause one test.
  setResult(false)
  try {
    await copyToExisting({ [header]: '*' })
  } catch (thrown) {
    if (isPreconditionFailed(thrown)) setResult(true)
    else if (isNotFound(thrown) || isTransient(thrown)) replaceTests.delete(connection)
  }
}
