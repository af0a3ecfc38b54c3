import { S3Client } from '@aws-sdk/client-s3'
import { startLocalS3 } from 'local-s3'
import type { LocalS3 } from 'local-s3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createUploader } from '../../src/core/create-uploader.ts'
import { createConnectionPool } from '../../src/core/connection-pool.ts'
import type { Transport } from '../../src/core/ports.ts'
import type { RetryOptions } from '../../src/core/retry/retry.ts'
import { UploadError } from '../../src/protocol/errors.ts'
import { createUploadHandler, s3Storage } from '../../src/server/index.ts'
import type { UploadHandler } from '../../src/server/index.ts'
import { httpEndpoints } from '../../src/transport/http/http-endpoints.ts'
import { instantHost } from '../harness/engine.ts'
import { photos, secret } from '../harness/s3-fixture.ts'

// A page keeps its reusable policies while the developer restarts the backend, and with it storage on another port.

let running: LocalS3 | undefined
let handler: UploadHandler
let client: S3Client

/** Starts storage on a free port, and a backend that signs for it. */
async function startServers() {
  running = await startLocalS3()
  client = new S3Client({ ...running, forcePathStyle: true })
  const authorize = () => ({ id: 'anna' })
  handler = createUploadHandler({
    storage: s3Storage({ client, bucket: 'uploads' }),
    secret,
    routes: { photos: photos({ authorize, detectType: false }) },
    onError: () => {},
  })
}

async function stopStorage() {
  client.destroy()
  await running?.close()
  running = undefined
}

beforeEach(startServers)
afterEach(stopStorage)

/** Sends forms as a browser does: a connection that is refused has the status 0. */
function formTransport() {
  const hosts: string[] = []
  const transport: Transport = {
    async send(file, ticket, { withRetry }) {
      if (ticket.kind !== 'post') throw new Error(`a ${ticket.kind} ticket`)
      const form = new FormData()
      for (const [name, value] of Object.entries(ticket.fields)) form.append(name, value)
      form.append('file', file)
      return withRetry(async () => {
        hosts.push(new URL(ticket.url).host)
        const answer = await fetch(ticket.url, { method: 'POST', body: form }).catch(() => undefined)
        if (!answer) throw new UploadError('network', { phase: 'uploading', status: 0 })
        if (!answer.ok) throw new UploadError('rejected', { phase: 'uploading', status: answer.status })
        return {}
      })
    },
  }
  return { transport, hosts }
}

function openPage(retry: RetryOptions = {}) {
  const calls: string[] = []
  const endpoints = httpEndpoints('http://app.test/api/uploads', {
    fetch: async (url, init) => {
      const { type } = JSON.parse(String(init?.body)) as { type: string } // the body that our client sends
      calls.push(type)
      return handler(new Request(url, init))
    },
  })
  const { transport, hosts } = formTransport()
  let id = 0
  const uploader = createUploader(
    {
      endpoints,
      transport,
      pool: createConnectionPool(6),
      host: instantHost,
      newId: () => `file-${(id += 1)}`,
    },
    { route: 'photos', retry },
  )
  return { calls, hosts, uploader }
}

const image = (name: string) => new File(['bytes'], name, { type: 'image/png' })

test('an upload with a cached policy gets a new ticket after storage moved to another port', async () => {
  const { calls, hosts, uploader } = openPage()
  uploader.add([image('a.png')])
  await uploader.settled()
  const before = hosts.splice(0)[0]

  calls.length = 0
  await stopStorage()
  await startServers()
  uploader.add([image('b.png'), image('c.png')])
  await uploader.settled()
  expect(uploader.store.getState().items.map(({ status }) => status)).toEqual(['done', 'done', 'done'])
  // Both files had the old policy. One presign brings the tickets of both.
  expect(calls.filter((call) => call === 'presign')).toHaveLength(1)
  expect(hosts).toContain(before)
  expect(hosts.at(-1)).not.toBe(before)

  calls.length = 0
  uploader.add([image('d.png')])
  await uploader.settled()
  expect(calls).toEqual(['confirm']) // the new policy is cached
})

test('an upload whose storage stays away fails with the network error after all retries', async () => {
  const { calls, hosts, uploader } = openPage()
  uploader.add([image('a.png')])
  await uploader.settled()
  hosts.length = 0
  calls.length = 0
  await running?.close()
  const [item] = uploader.add([image('b.png')])
  await uploader.settled()
  expect(item?.store.getState()).toMatchObject({ status: 'error', error: { code: 'network', status: 0 } })
  expect(hosts.length).toBeGreaterThan(8)
  expect(hosts.length).toBeLessThan(16)
})

test('without automatic retries, a manual retry asks for a new ticket', async () => {
  const { calls, uploader } = openPage({ retries: 0 })
  uploader.add([image('a.png')])
  await uploader.settled()
  await stopStorage()
  await startServers()
  const [item] = uploader.add([image('b.png')])
  await uploader.settled()
  expect(item?.store.getState()).toMatchObject({ status: 'error', error: { code: 'network' } })
  calls.length = 0
  uploader.retry(item ?? '')
  await uploader.settled()
  expect(item?.store.getState().status).toBe('done')
  expect(calls).toContain('presign')
})

test('one broken connection keeps the policy', async () => {
  const { calls, uploader } = openPage()
  uploader.add([image('a.png')])
  await uploader.settled()
  calls.length = 0
  running?.faults.add({ fault: 'reset', when: 'before', method: 'POST', attempt: 1 })
  uploader.add([image('b.png')])
  await uploader.settled()
  expect(calls).toEqual(['confirm'])
})
