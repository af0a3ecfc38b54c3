import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An answer of a store that misbehaves. */
export interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Closes the connection without an answer. */
  readonly reset?: boolean
  /** Never answers. */
  readonly silent?: boolean
  /** Sends the bytes 0 to 255 again and again. */
  readonly endless?: boolean
}

/** Starts a store that gives the answers in order. It checks no signature. */
export async function startScriptedStore(answers: readonly Answer[]) {
  const requests: { method: string; url: string; headers: IncomingHttpHeaders }[] = []
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request
    const answer = answers[requests.length]
    requests.push({ method, url, headers })
    request.resume()
    if (!answer || answer.reset) return void request.socket.destroy()
    if (answer.silent) return
    response.writeHead(answer.status ?? 200, answer.headers)
    if (!answer.endless) return void response.end(method === 'HEAD' ? undefined : answer.body)
    const chunk = Buffer.from(Array.from({ length: 65_536 }, (_, index) => index % 256))
    const write = () => {
      while (!response.destroyed && response.write(chunk));
    }
    response.on('drain', write)
    write()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // it listens on a port
    requests,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
