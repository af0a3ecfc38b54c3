import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename } from 'node:path'
import react from '@vitejs/plugin-react'
import { createServer as createPage } from 'vite'
import { Refusal } from './refusal.ts'

/** Serves the page in this folder, and the API under `/api/` and `/upload/`, only to this machine. Prints the URL. */
export async function serve(api: RequestListener, close: () => Promise<void>) {
  const server = createServer()
  const page = await createPage({
    configFile: false,
    root: process.cwd(),
    cacheDir: `../node_modules/.vite/${basename(process.cwd())}`,
    plugins: [react()],
    // Listed in advance: a dependency that Vite finds later reloads the page.
    optimizeDeps: {
      include: ['putaway', 'react', 'react-dom/client', 'react/jsx-dev-runtime', '@tanstack/react-query'],
    },
    server: { middlewareMode: true, hmr: { server } },
    logLevel: 'warn',
  })
  server.on('request', (request, response) => {
    if (/^\/(api|upload)\b/.test(request.url ?? '')) return api(request, response)
    // Replaces a sign-in: each new visitor becomes a user.
    if (request.url === '/' && !request.headers.cookie?.includes('user=')) {
      response.setHeader('Set-Cookie', `user=${randomUUID()}; Path=/; HttpOnly; SameSite=Lax`)
    }
    page.middlewares(request, response)
  })
  server.listen(Number(process.env.PORT ?? 0), '127.0.0.1')
  await once(server, 'listening')
  console.log(`\n  Open http://127.0.0.1:${(server.address() as AddressInfo).port}\n`) // it listens on a port

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      server.closeAllConnections()
      void page
        .close()
        .then(close)
        .finally(() => process.exit(0))
    })
  }
}

/** Returns the user of a request. Replace it with your session check. @throws Refusal 401 */
export function userOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const user = /(?:^|; )user=([\w-]{36})(?:;|$)/.exec(headers.cookie ?? '')?.[1]
  if (user === undefined) throw new Refusal(401, 'Open the page first: it creates a user for you.')
  return user
}
