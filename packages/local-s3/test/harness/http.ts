import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'

export interface RawRequest {
  method: string
  /** As sent: encoded, with its query. */
  path: string
  headers?: Record<string, string>
  body?: string | Buffer
}

export interface RawResponse {
  status: number
  headers: IncomingHttpHeaders
  body: string
  /** The code of an XML error. */
  code: string | undefined
}

/** Sends plain HTTP: no normalization, no added headers, no redirects. */
export function send(
  endpoint: string,
  { method, path, headers = {}, body }: RawRequest,
): Promise<RawResponse> {
  const { hostname, port, host } = new URL(endpoint)
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const request = httpRequest(
      { hostname, port, method, path, headers: { host, ...length, ...headers } },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () =>
          resolve(answerOf(response.statusCode ?? 0, response.headers, Buffer.concat(chunks).toString())),
        )
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}

export const answerOf = (status: number, headers: IncomingHttpHeaders, body: string): RawResponse => ({
  status,
  headers,
  body,
  code: /<Code>([^<]*)<\/Code>/.exec(body)?.[1],
})

/** The path and query of a URL. */
export const pathOf = (url: string) => url.slice(new URL(url).origin.length)
