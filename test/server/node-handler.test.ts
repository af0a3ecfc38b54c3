import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, expect, test } from 'vitest'
import { s3Storage, toNodeHandler } from '../../src/server/index.ts'
import { S3Client } from '@aws-sdk/client-s3'
import { backend } from './bed.ts'

const client = new S3Client({ region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } })
const { handler } = backend(s3Storage({ client, bucket: 'b' }))
const endings: (() => unknown)[] = [() => client.destroy()]
afterAll(() => endings.forEach((end) => end()))

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  endings.push(
    () => server.close(),
    () => server.closeAllConnections(),
  )
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/uploads` // it listens on a port
}

const mounted = toNodeHandler(handler)
const files = [{ id: 'a', name: '고양이.png', size: 10, type: 'image/png' }]
const init = {
  method: 'POST',
  headers: { 'content-type': 'application/json', 'x-user': 'anna' },
  body: JSON.stringify({ type: 'presign', files }),
}

test('node:http serves it', async () => {
  const answer = await fetch(await serve((request, response) => void mounted(request, response)), init)
  expect(answer.status).toBe(200)
  expect(answer.headers.get('cache-control')).toBe('no-store')
  expect(await answer.json()).toMatchObject({ tickets: [{ id: 'a', ticket: { kind: 'post' } }] })
})

test('a framework that has read the JSON before hands its own on', async () => {
  const url = await serve(async (request: IncomingMessage & { body?: unknown }, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    request.body = JSON.parse(text)
    await mounted(request, response)
  })
  expect(await (await fetch(url, init)).json()).toMatchObject({ tickets: [{ id: 'a' }] })
})

test('a body that is too long is told so, although it is not read to its end', async () => {
  const url = await serve((request, response) => void mounted(request, response))
  const answer = await fetch(url, { ...init, body: 'x'.repeat(3_000_000) })
  expect(answer.status).toBe(413)
})

test('a wrong method and a host that is none are answered', async () => {
  const url = await serve((request, response) => {
    request.headers.host = '%%%'
    void mounted(request, response)
  })
  const answer = await fetch(url)
  expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST'])
})
