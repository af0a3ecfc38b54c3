import { createServer } from 'node:http'
import { toNodeHandler } from 'putaway/server'
import { createApp } from './handle.mjs'

const server = createServer(toNodeHandler(createApp(process.env)))
server.listen(0, '127.0.0.1', () => console.log(`port ${server.address().port}`))
