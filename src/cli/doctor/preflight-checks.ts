import { callBackend, fetchWithTimeout } from './backend-client.ts'
import type { DoctorTarget } from './backend-client.ts'
import type { DoctorTicket } from './backend-response.ts'
import { failed, passed, warned } from './finding.ts'
import type { Finding } from './finding.ts'
import { bucketCorsAdvice, signFirstPart } from './storage-checks.ts'

/** Checks whether a browser lets a page of the origin send the request of the ticket. */
export async function* checkPreflight(ticket: DoctorTicket, target: DoctorTarget): AsyncGenerator<Finding> {
  const { origin } = target
  const { url, headers = {} } = ticket.kind === 'multipart' ? await signFirstPart(ticket, target) : ticket
  if (url === undefined) return
  const method = ticket.kind === 'post' ? 'POST' : 'PUT'
  const { missingPermissions, status } = await sendPreflight(url, method, headers, origin)
  yield missingPermissions.length === 0
    ? passed('preflight', `storage allows ${method} from pages of ${origin}`)
    : failed(
        'preflight',
        `the bucket's CORS rule does not allow ${missingPermissions.join(', ')}`,
        bucketCorsAdvice(origin),
        { evidence: `OPTIONS for ${method} answered ${status ?? 'nothing'}.`, section: 'cors' },
      )
}

/** Browsers cache a preflight for 5 seconds if the response has no Access-Control-Max-Age. A user needs longer. */
const minMaxAgeSeconds = 60

/**
 * Checks the requests by which a page sends the preflight of its POSTs before a file is chosen. Reports nothing if the
 * backend returns none.
 */
export async function* checkEarlyPreflight(target: DoctorTarget): AsyncGenerator<Finding> {
  const { origin, file } = target
  const step = 'preflight before a file is chosen'
  const { route } = file
  const { body } = await callBackend(target, { type: 'policies', ...(route !== undefined && { route }) })
  for (const { url, headers } of body.preflights ?? []) {
    const { missingPermissions, maxAgeSeconds, status } = await sendPreflight(url, 'HEAD', headers, origin)
    const problem =
      missingPermissions.length > 0
        ? `the bucket's CORS rule does not allow ${missingPermissions.join(', ')}`
        : maxAgeSeconds < minMaxAgeSeconds
          ? `browsers may cache it for ${maxAgeSeconds} seconds only, by the bucket's CORS rule`
          : undefined
    if (problem !== undefined) {
      const fact = `${problem}, so the first upload of a page waits for one more round trip`
      const evidence = `OPTIONS for HEAD answered ${status ?? 'nothing'}.`
      yield warned(step, fact, bucketCorsAdvice(origin), { evidence, section: 'cors' })
      continue
    }
    const response = await fetchWithTimeout(url, {
      method: 'HEAD',
      headers: { origin, ...headers },
      redirect: 'manual',
    }).catch(() => undefined)
    yield response?.ok
      ? passed(step, 'storage allows HEAD, and accepted the signed one')
      : warned(
          step,
          `storage answered ${response?.status ?? 'nothing'} to a signed HEAD of the bucket, which the browser logs`,
          ['Allow the signing key s3:ListBucket on the bucket.'],
        )
  }
}

/** Sends the preflight of a request. Returns everything of the request that the response does not allow. */
async function sendPreflight(
  url: string,
  method: 'HEAD' | 'POST' | 'PUT',
  headers: Readonly<Record<string, string>>,
  origin: string,
) {
  const headerNames = Object.keys(headers).map((name) => name.toLowerCase())
  const response = await fetchWithTimeout(url, {
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
      .map((entry) => entry.trim())
  const allowedHeaders = headerList('access-control-allow-headers')
  const isOriginAllowed =
    response?.ok === true && ['*', origin.toLowerCase()].includes(headerValue('access-control-allow-origin'))
  // Browsers send HEAD and POST even if the response does not name them.
  // https://fetch.spec.whatwg.org/#cors-safelisted-method
  const isMethodAllowed = method !== 'PUT' || headerList('access-control-allow-methods').includes('put')
  const missingPermissions = isOriginAllowed
    ? [
        ...(isMethodAllowed ? [] : [method]),
        ...headerNames.filter(
          // The wildcard does not stand for Authorization.
          (name) =>
            !allowedHeaders.some((entry) => entry === name || (entry === '*' && name !== 'authorization')),
        ),
      ]
    : [method === 'HEAD' ? 'HEAD with Authorization' : `the origin ${origin}`]
  return {
    missingPermissions,
    maxAgeSeconds: Number(headerValue('access-control-max-age') || 5),
    status: response?.status,
  }
}
