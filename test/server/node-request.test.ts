import type { IncomingMessage } from 'node:http'
import { S3Client } from '@aws-sdk/client-s3'
import express from 'express'
import session from 'express-session'
import { afterAll, expect, expectTypeOf, test } from 'vitest'
import { nodeRequestOf, s3Storage, toNodeHandler } from '../../src/server/index.ts'
import type { NodeRequest } from '../../src/server/index.ts'
import { backend, photos, post } from '../harness/s3-fixture.ts'
import { serveNode } from '../harness/serve-node.ts'

declare module 'express-session' {
  interface SessionData {
    userId: string
  }
}

const client = new S3Client({ region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } })
const storage = s3Storage({ client, bucket: 'b' })
afterAll(() => client.destroy())

const presign = {
  method: 'POST',
  body: JSON.stringify({
    type: 'presign',
    files: [{ id: 'a', name: 'cat.png', size: 10, type: 'image/png' }],
  }),
}
const json = { 'content-type': 'application/json' }

test('authorize reads the request of node:http', async () => {
  const seen: (NodeRequest | undefined)[] = []
  const { handler } = backend(storage, {
    routes: {
      photos: photos({
        authorize(request) {
          const incoming = nodeRequestOf<IncomingMessage>(request)
          seen.push(incoming)
          return incoming?.socket.remoteAddress === '127.0.0.1' ? { id: 'anna' } : null
        },
      }),
    },
  })
  const sent: IncomingMessage[] = []
  const url = await serveNode((request, response) => {
    sent.push(request)
    void toNodeHandler(handler)(request, response)
  })
  expect((await fetch(url, { ...presign, headers: json })).status).toBe(200)
  expect(seen).toContain(sent[0])
})

test.each([
  ['with express.json() before it', true],
  ['without a JSON parser', false],
])('authorize reads a session of Express, %s', async (_name, withParser) => {
  const { handler } = backend(storage, {
    routes: {
      photos: photos({
        authorize(request) {
          const userId = nodeRequestOf<express.Request>(request)?.session.userId
          return userId === undefined ? null : { id: userId }
        },
      }),
    },
  })
  const app = express()
  if (withParser) app.use(express.json())
  app.use(session({ secret: 'only for this test', resave: false, saveUninitialized: false }))
  app.post('/login', (request, response) => {
    request.session.userId = 'anna'
    response.sendStatus(204)
  })
  app.all('/api/uploads', toNodeHandler(handler))
  const url = await serveNode(app)

  const anonymous = await fetch(`${url}/api/uploads`, { ...presign, headers: json })
  expect(anonymous.status).toBe(401)

  const login = await fetch(`${url}/login`, { method: 'POST' })
  const [cookie = ''] = login.headers.getSetCookie()
  const signedIn = await fetch(`${url}/api/uploads`, { ...presign, headers: { ...json, cookie } })
  expect(await signedIn.json()).toMatchObject({ tickets: [{ id: 'a', ticket: { kind: 'post' } }] })
})

test('a Request that toNodeHandler did not make has no Node request', () => {
  expect(nodeRequestOf(post({}))).toBeUndefined()
  expectTypeOf(nodeRequestOf(post({}))).toEqualTypeOf<NodeRequest | undefined>()
})
