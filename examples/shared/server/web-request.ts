import type { IncomingMessage, ServerResponse } from 'node:http'

/** Reads a request of Node, and makes one for the same path of another origin. */
export async function toRequest(incoming: IncomingMessage, origin: string): Promise<Request> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer) // a request without an encoding
  const { method = 'GET', url = '/', headers } = incoming
  const { cookie, 'content-type': type } = headers
  return new Request(new URL(url, origin), {
    method,
    headers: { ...(cookie !== undefined && { cookie }), ...(type !== undefined && { 'content-type': type }) },
    ...(method === 'POST' && { body: Buffer.concat(chunks) }),
  })
}

/** Sends a response of the web. */
export async function writeResponse(response: Response, outgoing: ServerResponse): Promise<void> {
  outgoing.statusCode = response.status
  outgoing.setHeader('content-type', response.headers.get('content-type') ?? 'text/plain')
  outgoing.end(await response.text())
}
