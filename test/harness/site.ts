import { once } from 'node:events'
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buildPage } from './built-page.ts'
import type { BuildOptions } from './built-page.ts'

/** Serves a bundled test page, and its backend under `/api/` of the same origin. */
export async function startTestSite(root: string, api: RequestListener, options?: BuildOptions) {
  const page = await buildPage(root, options)
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/api/')) api(request, response)
    else page.listener(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // it listens on a port, not on a pipe
    async close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
