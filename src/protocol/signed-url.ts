import type { Ticket } from './ticket.ts'

/** The query of a URL, by names in lower case: clients and stores write them in several ways. */
export function queryOf(url: string): ReadonlyMap<string, string> {
  const query = new URLSearchParams(url.split('?')[1])
  return new Map(Array.from(query, ([name, value]) => [name.toLowerCase(), value]))
}

/** The names of the headers that a URL signs, in lower case. Undefined where it does not say: SigV2, or no signature. */
export function signedHeadersOf(url: string): readonly string[] | undefined {
  const query = queryOf(url)
  const names = query.get('x-amz-signedheaders') ?? query.get('x-goog-signedheaders')
  return names?.toLowerCase().split(';')
}

/** `Expires` is the end of such a URL, in epoch seconds: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html */
export function isSigV2(url: string): boolean {
  const query = queryOf(url)
  return query.has('signature') && query.has('expires')
}

/**
 * How long a ticket lives from now on, in milliseconds; Infinity where nothing says so. The shortest of what its URL,
 * its policy and its `expiresAt` say. What is signed tells when it was signed and has just come, so that the server's
 * clock needs no asking: `X-Amz-Date` and `X-Amz-Expires`
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html), or Google's, which are the same. A SigV2
 * signature has no date, and is read by this browser's clock.
 */
export function lifeOf(ticket: Ticket, now: number): number {
  const query = queryOf('url' in ticket ? ticket.url : '')
  const fields = new Map(
    Object.entries('fields' in ticket ? ticket.fields : {}).map(([name, text]) => [name.toLowerCase(), text]),
  )
  const either = (name: string) =>
    [query, fields].flatMap((each) => each.get(`x-amz-${name}`) ?? each.get(`x-goog-${name}`) ?? [])[0] ?? ''
  const signedAt =
    Date.parse(either('date').replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)$/, '$1-$2-$3:$4:$5')) || now
  const lives = [
    Number(either('expires')) * 1000,
    query.has('signature') ? Number(query.get('expires')) * 1000 - now : NaN,
    endOfPolicy(fields.get('policy')) - signedAt,
    (ticket.expiresAt ?? NaN) - signedAt,
  ]
  // A clock that is wrong by more than the life of the ticket would make it old at birth: storage will tell.
  return Math.min(...lives.filter((life) => life > 0))
}

/** Epoch milliseconds; NaN where there is none. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html */
function endOfPolicy(policy = ''): number {
  try {
    return Date.parse((JSON.parse(atob(policy)) as { expiration: string }).expiration) // anything else is no date
  } catch {
    return NaN
  }
}
