import type { Ticket } from './ticket.ts'

/**
 * Parses the query of a URL. The names are converted to lower case, because signing libraries and stores write them
 * differently.
 */
export function queryOf(url: string): ReadonlyMap<string, string> {
  const query = new URLSearchParams(url.split('?')[1])
  return new Map(Array.from(query, ([name, value]) => [name.toLowerCase(), value]))
}

/** Returns the names of the signed headers, in lower case. Undefined for a SigV2 URL or a URL without signature. */
export function signedHeadersOf(url: string): readonly string[] | undefined {
  const query = queryOf(url)
  const names = query.get('x-amz-signedheaders') ?? query.get('x-goog-signedheaders')
  return names?.toLowerCase().split(';')
}

/**
 * Whether a URL is signed with SigV2, whose query has `Signature` and `Expires` (in epoch seconds):
 * https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
 */
export function isSigV2(url: string): boolean {
  const query = queryOf(url)
  return query.has('signature') && query.has('expires')
}

/**
 * Returns the remaining lifetime of a ticket in milliseconds, or Infinity if it has no expiry. It is the shortest
 * lifetime of the ticket's URL, its policy and its `expiresAt`. A SigV4 URL contains the date of its signature and its
 * lifetime (`X-Amz-Date` and `X-Amz-Expires`,
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html, or the same parameters of Google). The
 * URL has just been signed, so its lifetime begins now, whatever the server's clock says. A SigV2 URL has no date, so
 * its expiry is compared with this browser's clock.
 */
export function lifetimeOf(ticket: Ticket, now: number): number {
  const query = queryOf('url' in ticket ? ticket.url : '')
  const fields = new Map(
    Object.entries('fields' in ticket ? ticket.fields : {}).map(([name, text]) => [name.toLowerCase(), text]),
  )
  const readParameter = (name: string) =>
    [query, fields].flatMap(
      (source) => source.get(`x-amz-${name}`) ?? source.get(`x-goog-${name}`) ?? [],
    )[0] ?? ''
  const signedAt =
    Date.parse(readParameter('date').replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)$/, '$1-$2-$3:$4:$5')) ||
    now
  const lifetimes = [
    Number(readParameter('expires')) * 1000,
    query.has('signature') ? Number(query.get('expires')) * 1000 - now : NaN,
    policyExpiry(fields.get('policy')) - signedAt,
    (ticket.expiresAt ?? NaN) - signedAt,
  ]
  // Ignores lifetimes of 0 or less, which mean that a clock is wrong. If a ticket really expired, storage refuses it.
  return Math.min(...lifetimes.filter((lifetime) => lifetime > 0))
}

/**
 * Returns the expiry of a policy in epoch milliseconds, or NaN.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
 */
function policyExpiry(policy = ''): number {
  try {
    return Date.parse((JSON.parse(atob(policy)) as { expiration: string }).expiration) // NaN for any other value
  } catch {
    return NaN
  }
}
