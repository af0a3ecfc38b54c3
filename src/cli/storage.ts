import { checksumOf } from '../local-s3/index.ts'
import { bucketRules } from '../server/index.ts'
import { call } from './backend.ts'
import type { Patient, Ticket } from './backend.ts'
import { failed, passed, warned } from './finding.ts'
import type { Finding } from './finding.ts'

interface Sent {
  readonly ok: boolean
  readonly status: number
  /** S3's name of the error. */
  readonly code: string
  readonly headers: Headers
}

/** What the ticket itself tells, before anything is sent. */
export function* checkTicket(ticket: Ticket, { origin }: Patient): Generator<Finding> {
  if (ticket.kind === 'multipart') return
  const url = new URL(ticket.url)
  if (origin.startsWith('https:') && url.protocol === 'http:') {
    yield failed('storage address', `${url.origin} is http, and the page is https: browsers block it`, [
      'Give the S3 client an https endpoint.',
    ])
  }
  const query = [...url.searchParams.keys()].map((name) => name.toLowerCase())
  if (query.some((name) => name.startsWith('x-amz-checksum') || name === 'x-amz-sdk-checksum-algorithm')) {
    yield failed('checksum in the URL', 'the SDK signed the checksum of an empty body into it', [
      "new S3Client({ …, requestChecksumCalculation: 'WHEN_REQUIRED' }), or sign with s3Storage, which does so.",
    ])
  }
  if (ticket.kind === 'put') {
    const signed = url.searchParams.get('X-Amz-SignedHeaders') ?? ''
    yield signed.includes('content-type')
      ? passed('content type', 'is in the signature')
      : warned('content type', 'is not in the signature, so any type can be stored', [
          "getSignedUrl(client, command, { signableHeaders: new Set(['content-type']) })",
        ])
  }
}

/** Whether a browser would let a page of the origin send what the ticket asks for. */
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
    ? passed('preflight', `storage lets pages of ${origin} send a ${method}`)
    : failed('preflight', `the bucket's CORS rule does not allow ${missing.join(', ')}`, corsAdvice(origin))
}

/** What storage answered to the upload, and whether a page could have read it. */
export function* checkUploadAnswer(sent: Sent, { kind }: Ticket, { origin }: Patient): Generator<Finding> {
  if (!sent.ok) {
    const { status, code } = sent
    yield failed('upload', `storage refused it: ${status} ${code}`, [adviceFor(code)])
    return
  }
  yield passed('upload', `storage took it (${sent.status})`)
  const allowed = sent.headers.get('access-control-allow-origin')
  if (allowed !== '*' && allowed !== origin) {
    yield failed(
      'answer of storage',
      'comes without CORS headers, so the page cannot read it',
      corsAdvice(origin),
    )
  } else if (
    kind === 'put' &&
    !/\betag\b|\*/i.test(sent.headers.get('access-control-expose-headers') ?? '')
  ) {
    yield warned(
      'ETag',
      'is hidden from the page, so a replaced object is found less early',
      corsAdvice(origin),
    )
  }
}

/** Sends bytes the way the ticket says. */
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

/** The signature of the first part, which holds these bytes. */
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
    `npx putaway bucket <name> --origin ${origin} --apply   puts this rule on the bucket:`,
    JSON.stringify({ CORSRules: [cors] }),
  ]
}

function adviceFor(code: string): string {
  return advice[code] ?? `S3's documentation has more on ${code === '' ? 'this status' : code}.`
}

const advice: Readonly<Record<string, string>> = {
  SignatureDoesNotMatch:
    'What was sent is not what was signed: a wrong secret key, a proxy that changes headers, or an SDK that adds a\n' +
    "checksum: new S3Client({ …, requestChecksumCalculation: 'WHEN_REQUIRED' }).",
  AccessDenied:
    'The key that signs may not s3:PutObject there, or the ticket has run out.\n' +
    'npx putaway bucket <name> --origin … prints the policy that it needs.',
  NoSuchBucket: 'The bucket is not there, or lies in another region than the client.',
  InvalidAccessKeyId: 'The access key is of another account or store.',
  RequestTimeTooSkewed: "The signing server's clock is more than 15 minutes off: set it by NTP.",
  PermanentRedirect: "Sign for the bucket's own region: new S3Client({ region }).",
  TemporaryRedirect: 'The bucket is new, or lies in another region than the client.',
  NotImplemented: 'This store has no POST: s3Storage({ …, post: false }).',
  MethodNotAllowed: 'This store has no POST: s3Storage({ …, post: false }).',
}
