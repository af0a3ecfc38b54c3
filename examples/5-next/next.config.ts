import { join } from 'node:path'
import type { NextConfig } from 'next'

const config: NextConfig = {
  // As it runs in a container: a server with no more of node_modules than it needs.
  output: 'standalone',
  // The folder that node_modules is in.
  turbopack: { root: join(import.meta.dirname, '..') },
  outputFileTracingRoot: join(import.meta.dirname, '..'),
  // A Postgres in WebAssembly, which finds its files beside itself.
  serverExternalPackages: ['@electric-sql/pglite'],
}

export default config
