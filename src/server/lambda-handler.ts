import { UploadError } from '../protocol/errors.ts'
import { httpStatusOfError, toWireError } from './error-response.ts'
import { jsonResponse } from './json-response.ts'

/**
 * The fields that are read of an event: of a function URL and of an HTTP API of API Gateway (payload format 2.0), and of
 * a REST API (1.0). The types of `@types/aws-lambda` fit.
 */
export interface LambdaEvent {
  readonly version?: string | undefined
  /** Format 2.0. */
  readonly rawPath?: string | undefined
  readonly rawQueryString?: string | undefined
  readonly cookies?: readonly string[] | undefined
  /** Format 1.0. */
  readonly httpMethod?: string | undefined
  readonly path?: string | undefined
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[] | undefined>> | null | undefined
  readonly headers?: Readonly<Record<string, string | undefined>> | null | undefined
  readonly body?: string | null | undefined
  readonly isBase64Encoded?: boolean | undefined
  readonly requestContext?: {
    readonly domainName?: string | undefined
    readonly http?: { readonly method?: string | undefined } | undefined
  }
}

/**
 * Answer to an event. Format 1.0 reads several headers of one name from `multiValueHeaders`, 2.0 reads cookies from
 * `cookies`.
 */
export interface LambdaResult {
  statusCode: number
  headers: Record<string, string>
  multiValueHeaders?: Record<string, string[]>
  cookies?: string[]
  body: string
  isBase64Encoded: false
}

/** The event of each `Request` that `toLambdaHandler` made. */
const lambdaEvents = new WeakMap<Request, LambdaEvent>()

/**
 * Returns the event behind a `Request`, so that `authorize` can read what an authorizer of API Gateway found. The type
 * argument is the type of your event.
 *
 * ```ts
 * authorize(request) {
 *   const { sub } = lambdaEventOf<APIGatewayProxyEventV2WithJWTAuthorizer>(request)?.requestContext.authorizer.jwt.claims ?? {}
 *   return typeof sub === 'string' ? { id: sub } : null
 * }
 * ```
 *
 * Returns undefined for a `Request` that `toLambdaHandler` did not make.
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- names the app's type, as an `as` would
export function lambdaEventOf<Event extends LambdaEvent = LambdaEvent>(request: Request): Event | undefined {
  // `toLambdaHandler` stored what Lambda gave it, and the app knows its event.
  return lambdaEvents.get(request) as Event | undefined
}

/**
 * Adapts an upload handler to AWS Lambda behind a function URL, an HTTP API or a REST API of API Gateway.
 *
 * ```ts
 * export const handler = toLambdaHandler(uploads)
 * ```
 *
 * Answers 400 to an event that is no HTTP request.
 */
export function toLambdaHandler(
  handler: (request: Request) => Promise<Response>,
): (event: LambdaEvent) => Promise<LambdaResult> {
  return async (event) => {
    let request: Request
    try {
      request = requestOfEvent(event)
    } catch {
      const message = 'The event is not one of a function URL or of API Gateway, or its headers are invalid.'
      const error = new UploadError('rejected', { phase: 'starting', message })
      return toResult(event, jsonResponse(httpStatusOfError(error), { error: toWireError(error) }))
    }
    lambdaEvents.set(request, event)
    return toResult(event, await handler(request))
  }
}

/** Converts an event to a `Request`. Throws for an event of another kind. */
function requestOfEvent(event: LambdaEvent): Request {
  const {
    rawPath,
    path = rawPath,
    rawQueryString,
    body,
    isBase64Encoded,
    requestContext = {},
    cookies = [],
  } = event
  const method = event.httpMethod ?? requestContext.http?.method
  if (method === undefined || path === undefined) throw new TypeError('The event is not an HTTP request.')
  const headers = new Headers()
  for (const [name, value] of Object.entries(event.headers ?? {}))
    if (value !== undefined) headers.set(name, value)
  // `headers` of format 1.0 has only the last one of several values.
  for (const [name, values = []] of Object.entries(event.multiValueHeaders ?? {})) {
    if (values.length > 1) headers.set(name, values.join(name.toLowerCase() === 'cookie' ? '; ' : ', '))
  }
  if (cookies.length > 0) headers.set('cookie', cookies.join('; '))
  const host = headers.get('host') ?? requestContext.domainName ?? 'localhost'
  const query = rawQueryString ? `?${rawQueryString}` : ''
  const { origin } = new URL(`https://${host}`)
  const target = `${origin}${path.startsWith('/') ? '' : '/'}${path}${query}`
  const hasBody = method !== 'GET' && method !== 'HEAD' && body !== undefined && body !== null
  return new Request(target, {
    method,
    headers,
    ...(hasBody && {
      body: isBase64Encoded ? Uint8Array.from(atob(body), (char) => char.charCodeAt(0)) : body,
    }),
  })
}

async function toResult({ version }: LambdaEvent, response: Response): Promise<LambdaResult> {
  const headers = Object.fromEntries([...response.headers].filter(([name]) => name !== 'set-cookie'))
  const cookies = response.headers.getSetCookie()
  const isFormat2 = version === '2.0'
  return {
    statusCode: response.status,
    headers,
    ...(cookies.length > 0 && (isFormat2 ? { cookies } : { multiValueHeaders: { 'set-cookie': cookies } })),
    body: await response.text(),
    isBase64Encoded: false,
  }
}
