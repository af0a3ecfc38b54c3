import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { startLocalS3 } from 'local-s3'
import type { LocalS3 } from 'local-s3'
import { createUploadHandler, route, s3Storage } from 'putaway/server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { frameworks } from '../7-frameworks/frameworks.ts'

let s3: LocalS3
beforeAll(async () => {
  s3 = await startLocalS3()
})
afterAll(() => s3.close())

const bytes = new TextEncoder().encode('hello')

test.each(Object.entries(frameworks))('%s presigns and confirms an upload', async (_, start) => {
  const { endpoint, region, credentials } = s3
  const uploads = createUploadHandler({
    storage: s3Storage({ endpoint, region, credentials, bucket: 'uploads' }),
    secret: 'good for this machine and nowhere else',
    routes: {
      notes: route({
        accept: 'text/plain',
        maxSize: '1MB',
        detectType: false,
        authorize: () => ({ id: 'anna' }),
      }),
    },
  })
  const server = await start(uploads)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on a port
  const call = async (body: object) => {
    const response = await fetch(`http://127.0.0.1:${port}/api/uploads`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    expect(response.status).toBe(200)
    return response.json() as Promise<{
      tickets: { ticket: { url: string; token: string; fields: Record<string, string> } }[]
      results: { result: { size: number; url: string } }[]
    }>
  }
  try {
    const files = [{ id: 'f1', name: 'hello.txt', size: bytes.length, type: 'text/plain' }]
    const [{ ticket } = expect.fail('There is no ticket.')] = (await call({ type: 'presign', files })).tickets
    const form = new FormData()
    for (const [name, value] of Object.entries(ticket.fields)) form.append(name, value)
    form.append('file', new Blob([bytes]))
    expect((await fetch(ticket.url, { method: 'POST', body: form })).status).toBe(201)
    const answer = await call({ type: 'confirm', receipts: [{ id: 'f1', token: ticket.token }] })
    expect(answer.results[0]?.result.size).toBe(bytes.length)
    expect(await (await fetch(answer.results[0]?.result.url ?? '')).text()).toBe('hello')
  } finally {
    server.closeAllConnections()
    server.close()
  }
})
