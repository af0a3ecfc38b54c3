import { bucketRules } from '../../server/index.ts'
import { storeTitleOf } from '../../server/s3/compatibility.ts'
import { crc64OfBytes } from '../../transport/checksum.ts'
import { callBackend, fetchWithTimeout } from './backend-client.ts'
import type { DoctorTarget } from './backend-client.ts'
import type { DoctorPart, DoctorTicket } from './backend-response.ts'
import { failed, passed, warned } from './finding.ts'
import type { Finding } from './finding.ts'
import type { NetworkFailure } from './network-failure.ts'
import { explainStorageFailure, readStorageResponse, createMissingResponse } from './storage-failure.ts'
import type { StorageResponse } from './storage-failure.ts'

/** Checks the URL of a ticket, before the first request to storage. */
export function* checkTicket(ticket: DoctorTicket, { origin }: DoctorTarget): Generator<Finding> {
  if (ticket.kind === 'multipart') return
  const url = new URL(ticket.url)
  if (origin.startsWith('https:') && url.protocol === 'http:') {
    yield failed('storage address', `${url.origin} uses http and the page uses https, so browsers block it`, [
      'Configure the S3 client with an https endpoint.',
    ])
  }
  const queryNames = [...url.searchParams.keys()].map((name) => name.toLowerCase())
  if (
    queryNames.some((name) => name.startsWith('x-amz-checksum') || name === 'x-amz-sdk-checksum-algorithm')
  ) {
    yield failed('checksum in the URL', 'the SDK signed the checksum of an empty body', [
      "Create the client with requestChecksumCalculation: 'WHEN_REQUIRED', or sign with s3Storage, which adds none.",
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

/** Reports the name of the store, if its host name is known. */
export function* checkStore({ kind, url }: DoctorTicket): Generator<Finding> {
  const title = kind === 'multipart' ? undefined : storeTitleOf(new URL(url))
  if (title !== undefined) yield passed('store', `${title}, known by its host name: see docs/stores.md`)
}

/** Whether the ticket is a POST and the response says that the store does not support POST. */
export function lacksPost({ ok, status, code }: StorageResponse, { kind }: DoctorTicket): boolean {
  return (
    !ok &&
    kind === 'post' &&
    (status === 405 || status === 501 || /^(NotImplemented|MethodNotAllowed)$/.test(code))
  )
}

/** Checks the response of storage to the upload, and whether CORS lets a page read it. */
export function* checkUploadResponse(
  response: StorageResponse,
  ticket: DoctorTicket,
  { origin }: DoctorTarget,
): Generator<Finding> {
  if (!response.ok) {
    const { summary, fix, evidence, section } = explainStorageFailure(response, ticket)
    yield failed('upload', summary, fix, { evidence, section })
    return
  }
  yield passed('upload', `storage accepted it (${response.status})`)
  const allowedOrigin = response.headers.get('access-control-allow-origin')
  if (allowedOrigin !== '*' && allowedOrigin !== origin) {
    yield failed(
      'response of storage',
      'it has no CORS headers, so the page cannot read it',
      bucketCorsAdvice(origin),
      {
        evidence: `The response to the upload has access-control-allow-origin: ${allowedOrigin ?? 'none'}.`,
        section: 'cors',
      },
    )
  } else if (
    ticket.kind === 'put' &&
    !/\betag\b|\*/i.test(response.headers.get('access-control-expose-headers') ?? '')
  ) {
    yield warned(
      'ETag',
      'CORS hides it from the page, so a replaced object is detected later',
      bucketCorsAdvice(origin),
      { section: 'cors' },
    )
  }
  // AWS sends x-amz-expiration if a lifecycle rule will delete the object. Other stores may not send it.
  if (
    ticket.kind !== 'multipart' &&
    /\.amazonaws\.com(\.cn)?$/.test(new URL(ticket.url).hostname) &&
    !response.headers.has('x-amz-expiration')
  ) {
    yield warned(
      'lifecycle',
      'no lifecycle rule deletes unconfirmed uploads',
      ['Add the rule:', `  npx putaway bucket <name> --origin ${origin} --apply`],
      { evidence: 'The response to the upload has no x-amz-expiration.' },
    )
  }
}

/** Sends bytes as the ticket requires. */
export async function sendToStorage(
  ticket: DoctorTicket,
  bytes: Uint8Array<ArrayBuffer>,
  target: DoctorTarget,
): Promise<StorageResponse> {
  const { origin } = target
  let { url } = ticket
  try {
    if (ticket.kind === 'post') {
      const form = new FormData()
      for (const [name, value] of Object.entries(ticket.fields ?? {})) form.append(name, value)
      form.append('file', new Blob([bytes]))
      return await readStorageResponse(
        await fetchWithTimeout(url, { method: 'POST', headers: { origin }, body: form, redirect: 'manual' }),
      )
    }
    if (ticket.kind === 'put') {
      const headers = { origin, ...ticket.headers }
      return await readStorageResponse(
        await fetchWithTimeout(url, { method: 'PUT', headers, body: bytes, redirect: 'manual' }),
      )
    }
    const signedPart = await signFirstPart(ticket, target, bytes)
    url = signedPart.url ?? ''
    if (!URL.canParse(url))
      return {
        ok: false,
        status: 0,
        code: '',
        message: '',
        headers: new Headers(),
        networkFailure: noPartFailure,
      }
    const partResponse = await readStorageResponse(
      await fetchWithTimeout(url, {
        method: 'PUT',
        headers: { origin, ...signedPart.headers },
        body: bytes,
        redirect: 'manual',
      }),
    )
    if (!partResponse.ok) return partResponse
    const { status, body } = await callBackend(target, { type: 'complete', token: ticket.token })
    const { code = '', message = '' } = body.error ?? {}
    return status === 200 && code === ''
      ? partResponse
      : {
          ...partResponse,
          ok: false,
          status,
          networkFailure: { ...notCompletedFailure, evidence: `${status} ${code} ${message}` },
        }
  } catch (thrown) {
    return createMissingResponse(thrown, url)
  }
}

const noPartFailure: NetworkFailure = {
  summary: 'the backend signs no part',
  evidence: 'The response to sign-parts has no parts[0].url.',
  fix: 'Return a signed URL for each part number. The backend log (onError) has the reason.',
}

const notCompletedFailure: NetworkFailure = {
  summary: 'the backend does not complete the multipart upload',
  evidence: '',
  fix: 'Allow the signing key s3:PutObject and s3:AbortMultipartUpload. The backend log (onError) has the reason.',
}

/** Requests the signed URL of part 1 for these bytes. */
export async function signFirstPart(
  { token, checksum }: DoctorTicket,
  target: DoctorTarget,
  bytes = new Uint8Array(),
): Promise<DoctorPart> {
  const checksums = checksum && { 1: crc64OfBytes(bytes) }
  const { body } = await callBackend(target, { type: 'sign-parts', token, partNumbers: [1], checksums })
  return body.parts?.[0] ?? {}
}

/** Returns the lines that tell how to add the CORS rule to the bucket. */
export function bucketCorsAdvice(origin: string): string[] {
  const { cors } = bucketRules({ bucket: '', origins: [origin] })
  return [
    'Run this command, which adds the rule below to the bucket:',
    `  npx putaway bucket <name> --origin ${origin} --apply`,
    // One field per line fits a terminal of 80 columns.
    ...JSON.stringify({ CORSRules: [cors] })
      .split(/(?<=,)(?="[A-Z]\w+":)/)
      .map((line, index) => `  ${index === 0 ? '' : '  '}${line}`),
  ]
}
