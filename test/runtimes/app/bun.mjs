import { createApp } from './handle.mjs'

const server = Bun.serve({ port: 0, hostname: '127.0.0.1', idleTimeout: 60, fetch: createApp(process.env) })
console.log(`port ${server.port}`)
