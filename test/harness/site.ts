import { once } from 'node:events'
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { createServer as createVite } from 'vite'

const repository = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Serves a test page through Vite, with imports as users write them, and its backend under `/api/` of the same
 * origin. `environment` is the page's NODE_ENV: with `development` the console says what developers read.
 */
export async function startTestSite(
  root: string,
  name: string,
  api: RequestListener,
  environment: 'test' | 'development' = 'test',
) {
  const page = await createVite({
    configFile: false,
    root,
    cacheDir: `${repository}node_modules/.vite/${name}`,
    plugins: [react()],
    resolve: { tsconfigPaths: true },
    define: { 'process.env.NODE_ENV': JSON.stringify(environment) },
    // Listed in advance: a dependency that Vite finds later reloads the page.
    optimizeDeps: {
      include: [
        'react',
        'react-dom/client',
        'react/jsx-dev-runtime',
        '@tanstack/react-query',
        'zustand',
        'zustand/vanilla',
        'react-dropzone',
      ],
    },
    server: { middlewareMode: true, hmr: false, watch: null, fs: { allow: [repository] } },
    logLevel: 'error',
  })
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/api/')) api(request, response)
    else page.middlewares(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // it listens on a port, not on a pipe
    async close() {
      await page.close()
      server.closeAllConnections()
      server.close()
    },
  }
}
