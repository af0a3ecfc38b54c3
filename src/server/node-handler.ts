/** What is used of a request of node:http, which Express and NestJS hand on. */
export interface NodeRequest extends AsyncIterable<unknown> {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Whether somebody has read the stream, as Express's and Nest's own parser of JSON does. */
  readonly readableDidRead?: boolean
  /** What that parser made of it. */
  readonly body?: unknown
}

/** What is used of a response of node:http. */
export interface NodeResponse {
  statusCode: number
  setHeader(name: string, value: string): unknown
  end(body: string): unknown
}

/**
 * Mounts a handler where requests are those of node:http: Express, NestJS, `http.createServer`. It does not matter
 * whether a parser of JSON has run before.
 *
 * ```ts
 * app.all('/api/uploads', toNodeHandler(uploads))
 * ```
 */
export function toNodeHandler(
  handler: (request: Request) => Promise<Response>,
): (request: NodeRequest, response: NodeResponse) => Promise<void> {
  return async (incoming, outgoing) => {
    const answer = await handler(toRequest(incoming))
    outgoing.statusCode = answer.status
    for (const [name, value] of answer.headers) outgoing.setHeader(name, value)
    outgoing.end(await answer.text())
  }
}

function toRequest(incoming: NodeRequest): Request {
  const { method = 'GET', headers } = incoming
  const pairs = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    // HTTP/2 has names that are none, as :path.
    value === undefined || name.startsWith(':') ? [] : [[name, [value].flat().join(', ')]],
  )
  const init: RequestInit & { duplex: 'half' } = { method, headers: pairs, duplex: 'half' }
  if (method !== 'GET' && method !== 'HEAD') init.body = bodyOf(incoming)
  return new Request(addressOf(incoming), init)
}

function addressOf({ url = '/', headers }: NodeRequest): string {
  const path = url.startsWith('/') ? url : '/'
  const full = `http://${String(headers.host)}${path}`
  // The Host header is whatever somebody sent.
  return URL.canParse(full) ? full : 'http://localhost/'
}

function bodyOf(incoming: NodeRequest): BodyInit {
  const { readableDidRead, body } = incoming
  if (readableDidRead !== true) return streamOf(incoming)
  if (typeof body === 'string' || body instanceof Uint8Array) return body as BodyInit // a view of a whole ArrayBuffer or a part
  return JSON.stringify(body ?? null)
}

function streamOf(incoming: AsyncIterable<unknown>): ReadableStream<unknown> {
  const chunks = incoming[Symbol.asyncIterator]()
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await chunks.next()
      if (done === true) controller.close()
      else controller.enqueue(value)
    },
    // Not returned when it is canceled: that would end the connection before the answer that says why.
  })
}
