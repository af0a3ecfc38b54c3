import { join } from 'node:path'
import type { NextConfig } from 'next'

const config: NextConfig = {
  // A server for a container, with only the needed part of node_modules.
  output: 'standalone',
  // The folder that contains node_modules.
  turbopack: { root: join(import.meta.dirname, '..') },
  outputFileTracingRoot: join(import.meta.dirname, '..'),
  // Postgres in WebAssembly, which loads files from its own folder.
  serverExternalPackages: ['@electric-sql/pglite'],
}

export default config
