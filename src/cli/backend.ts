import { failed, passed } from './finding.ts'
import type { Finding } from './finding.ts'

/** The backend that is looked at, and what is uploaded to it. */
export interface Patient {
  readonly endpoint: string
  readonly origin: string
  readonly headers: Readonly<Record<string, string>>
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly file: {
    readonly name: string
    readonly type: string
    readonly route?: string
    readonly meta?: unknown
  }
}

export interface Ticket {
  readonly kind: 'put' | 'post' | 'multipart'
  readonly key: string
  readonly token: string
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly fields?: Readonly<Record<string, string>>
  readonly checksum?: 'CRC64NVME'
}

export interface Refusal {
  readonly code?: string
  readonly message?: string
}

export type Confirmed = Refusal & { readonly result?: unknown }

/** What an answer of our protocol may hold; what it lacks is found by the steps. */
interface Body {
  readonly error?: Refusal
  readonly tickets?: readonly { readonly ticket?: Ticket; readonly error?: Refusal }[]
  readonly results?: readonly { readonly result?: unknown; readonly error?: Refusal }[]
  readonly parts?: readonly { readonly url?: string; readonly headers?: Readonly<Record<string, string>> }[]
}

export interface Answer {
  readonly status: number
  readonly body: Body
  /** What is wrong with the answer as such, and what to do. */
  readonly problem: string
  readonly advice: string
}

/** Asks the backend as a page of the origin would. */
export async function call({ endpoint, origin, headers }: Patient, body: object): Promise<Answer> {
  try {
    const answer = await fetch(endpoint, {
      method: 'POST',
      headers: { origin, ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      redirect: 'manual',
    })
    const { status } = answer
    const text = await answer.text()
    const json = parse(text)
    return {
      status,
      body: json ?? {},
      problem: json ? `the answer (${status}) has no ticket in it` : `the answer (${status}) is not JSON`,
      advice: adviceFor(status, text),
    }
  } catch (thrown) {
    const cause =
      thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause.message : String(thrown)
    const problem = `no answer from ${new URL(endpoint).origin}: ${cause}`
    return { status: 0, body: {}, problem, advice: 'Is the backend running, and is this its address?' }
  }
}

const maxRedirects = 5

/**
 * Fetches an address that the backend named, as a page would show it. The headers of `--header` sign a person in: only
 * the origin of the endpoint receives them, whatever address a result names and wherever a redirect leads.
 */
export async function readNamedUrl(url: URL, { endpoint, headers }: Patient): Promise<Response> {
  const { origin } = new URL(endpoint)
  let target = url
  for (let redirects = 0; ; redirects += 1) {
    const answer = await fetch(target, {
      headers: target.origin === origin ? { ...headers } : {},
      redirect: 'manual',
    })
    const location = answer.headers.get('location')
    const isRedirect = answer.status >= 300 && answer.status < 400
    if (!isRedirect || location === null || redirects === maxRedirects) return answer
    await answer.body?.cancel()
    target = new URL(location, target)
  }
}

function parse(text: string): Body | undefined {
  try {
    const json: unknown = JSON.parse(text)
    return typeof json === 'object' && json !== null ? json : undefined
  } catch {
    return undefined
  }
}

function adviceFor(status: number, text: string): string {
  if (status === 401 || status === 403 || (status >= 300 && status < 400))
    return "Something before the handler wants to know who you are: --header 'cookie: …'."
  if (status === 404)
    return 'Mount the handler at this path: app.all("/api/uploads", …), or name the right one.'
  if (status === 405) return 'Mount the handler for POST.'
  if (/<html|<!doctype/i.test(text))
    return 'A page was served: the path belongs to the app and not to the handler.'
  return 'The backend speaks another protocol, or fails before the handler: see docs/protocol.md and its log.'
}

/** A backend of another origin than the page's needs CORS of its own. */
export async function* checkBackendCors({ endpoint, origin }: Patient): AsyncGenerator<Finding> {
  if (new URL(endpoint).origin === origin) return
  const step = 'CORS of the backend'
  const asked = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' }
  const answer = await fetch(endpoint, { method: 'OPTIONS', headers: { origin, ...asked } }).catch(
    () => undefined,
  )
  if (!answer) return
  const allowed = answer.headers.get('access-control-allow-origin')
  const lets = answer.ok && (allowed === '*' || allowed === origin)
  yield lets
    ? passed(step, `pages of ${origin} may call it`)
    : failed(step, `pages of ${origin} may not call ${new URL(endpoint).origin} (${answer.status})`, [
        'Answer OPTIONS, and put these on every answer of the endpoint:',
        `  Access-Control-Allow-Origin: ${origin}`,
        '  Access-Control-Allow-Headers: content-type',
        '  Access-Control-Allow-Credentials: true   (where cookies sign in)',
      ])
}

export function refusedBy({ code, message }: Refusal): string {
  return `refused with ${code ?? 'no code'}: ${message ?? 'no message'}`
}
