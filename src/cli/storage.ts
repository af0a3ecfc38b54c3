import { checksumOf } from '../local-s3/index.ts'
import { bucketRules } from '../server/index.ts'
import { call } from './backend.ts'
import type { Patient, Ticket } from './backend.ts'
import { failed, passed, warned } from './finding.ts'
import type { Finding } from './finding.ts'

interface Sent {
  readonly ok: boolean
  readonly status: number
  /** S3's error code, or the message of a network error. */
  readonly code: string
  readonly headers: Headers
}

/** Checks the ticket before anything is sent. */
export function* checkTicket(ticket: Ticket, { origin }: Patient): Generator<Finding> {
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
    const signed = url.searchParams.get('X-Amz-SignedHeaders') ?? ''
    yield signed.includes('content-type')
      ? passed('content type', 'the signature covers it')
      : warned('content type', 'the signature does not cover it, so a page can store any type', [
          "Sign it: getSignedUrl(client, command, { signableHeaders: new Set(['content-type']) })",
        ])
  }
}

/** Checks whether a browser lets a page of the origin send the request of the ticket. */
export async function* checkPreflight(ticket: Ticket, patient: Patient): AsyncGenerator<Finding> {
  const { origin } = patient
  const { url, headers = {} } = ticket.kind === 'multipart' ? await firstPart(ticket, patient) : ticket
  if (url === undefined) return
  const method = ticket.kind === 'post' ? 'POST' : 'PUT'
  const names = Object.keys(headers).map((name) => name.toLowerCase())
  const answer = await fetch(url, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': method,
      ...(names.length > 0 && { 'access-control-request-headers': names.toSorted().join(',') }),
    },
  }).catch(() => undefined)

  const said = (name: string) => (answer?.headers.get(name) ?? '').toLowerCase()
  const list = (name: string) =>
    said(name)
      .split(',')
      .map((each) => each.trim())
  const missing =
    answer?.ok !== true || !['*', origin.toLowerCase()].includes(said('access-control-allow-origin'))
      ? [`the origin ${origin}`]
      : [
          ...(method === 'POST' || list('access-control-allow-methods').includes('put') ? [] : ['PUT']),
          ...names.filter(
            (name) => !list('access-control-allow-headers').some((each) => each === '*' || each === name),
          ),
        ]
  yield missing.length === 0
    ? passed('preflight', `storage allows ${method} from pages of ${origin}`)
    : failed('preflight', `the bucket's CORS rule does not allow ${missing.join(', ')}`, corsAdvice(origin))
}

/** Checks the response of storage to the upload, and whether CORS lets a page read it. */
export function* checkUploadAnswer(sent: Sent, { kind }: Ticket, { origin }: Patient): Generator<Finding> {
  if (!sent.ok) {
    const { status, code } = sent
    yield failed('upload', `storage rejected it: ${status} ${code}`, [adviceFor(code)])
    return
  }
  yield passed('upload', `storage accepted it (${sent.status})`)
  const allowed = sent.headers.get('access-control-allow-origin')
  if (allowed !== '*' && allowed !== origin) {
    yield failed(
      'response of storage',
      'it has no CORS headers, so the page cannot read it',
      corsAdvice(origin),
    )
  } else if (
    kind === 'put' &&
    !/\betag\b|\*/i.test(sent.headers.get('access-control-expose-headers') ?? '')
  ) {
    yield warned(
      'ETag',
      'CORS hides it from the page, so a replaced object is detected later',
      corsAdvice(origin),
    )
  }
}

/** Sends bytes as the ticket requires. */
export async function send(ticket: Ticket, bytes: Uint8Array<ArrayBuffer>, patient: Patient): Promise<Sent> {
  const { origin } = patient
  try {
    if (ticket.kind === 'post') {
      const form = new FormData()
      for (const [name, value] of Object.entries(ticket.fields ?? {})) form.append(name, value)
      form.append('file', new Blob([bytes]))
      return await read(await fetch(ticket.url, { method: 'POST', headers: { origin }, body: form }))
    }
    if (ticket.kind === 'put') {
      const headers = { origin, ...ticket.headers }
      return await read(await fetch(ticket.url, { method: 'PUT', headers, body: bytes }))
    }
    const { url = '', headers } = await firstPart(ticket, patient, bytes)
    const part = await read(await fetch(url, { method: 'PUT', headers: { origin, ...headers }, body: bytes }))
    if (!part.ok) return part
    const { status, body } = await call(patient, { type: 'complete', token: ticket.token })
    return { ...part, ok: status === 200, status, code: body.error?.code ?? '' }
  } catch (thrown) {
    const code = thrown instanceof Error ? thrown.message : ''
    return { ok: false, status: 0, code, headers: new Headers() }
  }
}

/** Requests the signed URL of part 1 for these bytes. */
async function firstPart({ token, checksum }: Ticket, patient: Patient, bytes = new Uint8Array()) {
  const checksums = checksum && { 1: checksumOf(checksum, bytes) }
  const { body } = await call(patient, { type: 'sign-parts', token, partNumbers: [1], checksums })
  return body.parts?.[0] ?? {}
}

async function read(answer: Response): Promise<Sent> {
  const { ok, status, headers } = answer
  const code = /<Code>(\w+)<\/Code>/.exec(await answer.text())?.[1] ?? ''
  return { ok, status, code, headers }
}

function corsAdvice(origin: string): string[] {
  const { cors } = bucketRules({ bucket: '', origins: [origin] })
  return [
    `Run npx putaway bucket <name> --origin ${origin} --apply, which adds this rule to the bucket:`,
    JSON.stringify({ CORSRules: [cors] }),
  ]
}

function adviceFor(code: string): string {
  return advice[code] ?? `See the S3 documentation of ${code === '' ? 'this status' : code}.`
}

const advice: Readonly<Record<string, string>> = {
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
