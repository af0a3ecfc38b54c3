import { bucketRules } from '../../server/index.ts'
import { crc64OfBytes } from '../../transport/checksum.ts'
import { callBackend, fetchInTime } from './backend-client.ts'
import type { DoctorTarget } from './backend-client.ts'
import type { Ticket } from './backend-response.ts'
import { failed, passed, warned } from './finding.ts'
import type { Finding } from './finding.ts'

interface StorageResponse {
  readonly ok: boolean
  readonly status: number
  /** S3's error code, or the message of a network error. */
  readonly code: string
  readonly headers: Headers
}

/** Checks the ticket before anything is sent. */
export function* checkTicket(ticket: Ticket, { origin }: DoctorTarget): Generator<Finding> {
  if (ticket.kind === 'multipart') return
  const url = new URL(ticket.url)
  if (origin.startsWith('https:') && url.protocol === 'http:') {
    yield failed('storage address', `${url.origin} uses http and the page uses https, so browsers block it`, [
      'Configure the S3 client with an https endpoint.',
    ])
  }
  const query = [...url.searchParams.keys()].map((name) => name.toLowerCase())
  if (query.some((name) => name.startsWith('x-amz-checksum') || name === 'x-amz-sdk-checksum-algorithm')) {
    yield failed('checksum in the URL', 'the SDK signed the checksum of an empty body', [
      "Create the client with requestChecksumCalculation: 'WHEN_REQUIRED', or sign with s3Storage, which sets it.",
    ])
  }
  if (ticket.kind === 'put') {
    const signedHeaders = url.searchParams.get('X-Amz-SignedHeaders') ?? ''
    yield signedHeaders.includes('content-type')
      ? passed('content type', 'the signature covers it')
      : warned('content type', 'the signature does not cover it, so a page can store any type', [
          "Sign it: getSignedUrl(client, command, { signableHeaders: new Set(['content-type']) })",
        ])
  }
}

/** Checks whether a browser lets a page of the origin send the request of the ticket. */
export async function* checkPreflight(ticket: Ticket, target: DoctorTarget): AsyncGenerator<Finding> {
  const { origin } = target
  const { url, headers = {} } = ticket.kind === 'multipart' ? await signFirstPart(ticket, target) : ticket
  if (url === undefined) return
  const method = ticket.kind === 'post' ? 'POST' : 'PUT'
  const headerNames = Object.keys(headers).map((name) => name.toLowerCase())
  const response = await fetchInTime(url, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': method,
      ...(headerNames.length > 0 && { 'access-control-request-headers': headerNames.toSorted().join(',') }),
    },
  }).catch(() => undefined)

  const headerValue = (name: string) => (response?.headers.get(name) ?? '').toLowerCase()
  const headerList = (name: string) =>
    headerValue(name)
      .split(',')
      .map((each) => each.trim())
  const missing =
    response?.ok !== true || !['*', origin.toLowerCase()].includes(headerValue('access-control-allow-origin'))
      ? [`the origin ${origin}`]
      : [
          ...(method === 'POST' || headerList('access-control-allow-methods').includes('put') ? [] : ['PUT']),
          ...headerNames.filter(
            (name) =>
              !headerList('access-control-allow-headers').some((each) => each === '*' || each === name),
          ),
        ]
  yield missing.length === 0
    ? passed('preflight', `storage allows ${method} from pages of ${origin}`)
    : failed('preflight', `the bucket's CORS rule does not allow ${missing.join(', ')}`, corsAdvice(origin))
}

/** Checks the response of storage to the upload, and whether CORS lets a page read it. */
export function* checkUploadResponse(
  response: StorageResponse,
  { kind }: Ticket,
  { origin }: DoctorTarget,
): Generator<Finding> {
  if (!response.ok) {
    const { status, code } = response
    yield failed('upload', `storage rejected it: ${status} ${code}`, [adviceForCode(code)])
    return
  }
  yield passed('upload', `storage accepted it (${response.status})`)
  const allowed = response.headers.get('access-control-allow-origin')
  if (allowed !== '*' && allowed !== origin) {
    yield failed(
      'response of storage',
      'it has no CORS headers, so the page cannot read it',
      corsAdvice(origin),
    )
  } else if (
    kind === 'put' &&
    !/\betag\b|\*/i.test(response.headers.get('access-control-expose-headers') ?? '')
  ) {
    yield warned(
      'ETag',
      'CORS hides it from the page, so a replaced object is detected later',
      corsAdvice(origin),
    )
  }
}

/** Sends bytes as the ticket requires. */
export async function sendToStorage(
  ticket: Ticket,
  bytes: Uint8Array<ArrayBuffer>,
  target: DoctorTarget,
): Promise<StorageResponse> {
  const { origin } = target
  try {
    if (ticket.kind === 'post') {
      const form = new FormData()
      for (const [name, value] of Object.entries(ticket.fields ?? {})) form.append(name, value)
      form.append('file', new Blob([bytes]))
      return await readStorageResponse(
        await fetchInTime(ticket.url, { method: 'POST', headers: { origin }, body: form }),
      )
    }
    if (ticket.kind === 'put') {
      const headers = { origin, ...ticket.headers }
      return await readStorageResponse(await fetchInTime(ticket.url, { method: 'PUT', headers, body: bytes }))
    }
    const { url = '', headers } = await signFirstPart(ticket, target, bytes)
    const part = await readStorageResponse(
      await fetchInTime(url, { method: 'PUT', headers: { origin, ...headers }, body: bytes }),
    )
    if (!part.ok) return part
    const { status, body } = await callBackend(target, { type: 'complete', token: ticket.token })
    return { ...part, ok: status === 200, status, code: body.error?.code ?? '' }
  } catch (thrown) {
    const code = thrown instanceof Error ? thrown.message : ''
    return { ok: false, status: 0, code, headers: new Headers() }
  }
}

/** Requests the signed URL of part 1 for these bytes. */
async function signFirstPart({ token, checksum }: Ticket, target: DoctorTarget, bytes = new Uint8Array()) {
  const checksums = checksum && { 1: crc64OfBytes(bytes.slice().buffer) }
  const { body } = await callBackend(target, { type: 'sign-parts', token, partNumbers: [1], checksums })
  return body.parts?.[0] ?? {}
}

async function readStorageResponse(response: Response): Promise<StorageResponse> {
  const { ok, status, headers } = response
  const code = /<Code>(\w+)<\/Code>/.exec(await response.text())?.[1] ?? ''
  return { ok, status, code, headers }
}

function corsAdvice(origin: string): string[] {
  const { cors } = bucketRules({ bucket: '', origins: [origin] })
  return [
    `Run npx putaway bucket <name> --origin ${origin} --apply, which adds this rule to the bucket:`,
    JSON.stringify({ CORSRules: [cors] }),
  ]
}

function adviceForCode(code: string): string {
  return (
    (Object.hasOwn(adviceByCode, code) && adviceByCode[code]) ||
    `See the S3 documentation of ${code === '' ? 'this status' : code}.`
  )
}

const adviceByCode: Readonly<Record<string, string>> = {
  SignatureDoesNotMatch:
    'The request differs from the signed one. Check the secret key, and whether a proxy changes headers. If the SDK adds\n' +
    "a checksum, create the client with requestChecksumCalculation: 'WHEN_REQUIRED'.",
  AccessDenied:
    'The signing key lacks s3:PutObject for this key, or the ticket has expired.\n' +
    'npx putaway bucket <name> --origin … prints the required policy.',
  NoSuchBucket: 'The bucket does not exist in the region of the client. Check its name and region.',
  InvalidAccessKeyId: 'The access key belongs to another account or store. Check it.',
  RequestTimeTooSkewed: "The signing server's clock is off by more than 15 minutes. Synchronize it with NTP.",
  PermanentRedirect: "Sign for the bucket's region: new S3Client({ region }).",
  TemporaryRedirect:
    'The bucket is new or in another region than the client. Check the region, or try again later.',
  NotImplemented: 'The store does not support POST. Set s3Storage({ …, post: false }).',
  MethodNotAllowed: 'The store does not support POST. Set s3Storage({ …, post: false }).',
}
