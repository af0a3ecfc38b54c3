import { readFileSync } from 'node:fs'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import schema from '../../docs/protocol.schema.json' with { type: 'json' }
import { toNodeHandler } from '../../src/server/index.ts'
import { httpEndpoints } from '../../src/transport/http/http-endpoints.ts'
import type { Ticket } from '../../src/protocol/ticket.ts'
import {
  MiB,
  backend,
  bytes,
  checksumsOf,
  openS3Fixture,
  photos,
  randomImage,
  send,
} from '../harness/s3-fixture.ts'
import type { AnyTicket, S3Fixture } from '../harness/s3-fixture.ts'

type Call = keyof (typeof schema)['$defs']['requests']
const calls = Object.keys(schema.$defs.requests) as Call[] // the keys of this JSON file are known

/** Messages of tests may contain only properties that the schema names. */
function strict(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(strict)
  if (typeof node !== 'object' || node === null) return node
  const inner = Object.fromEntries(Object.entries(node).map(([name, each]) => [name, strict(each)]))
  return 'type' in inner && 'properties' in inner && inner.type === 'object'
    ? { additionalProperties: false, ...inner }
    : inner
}

/** Schema errors of a message. */
function schemaErrorsOf(where: 'requests' | 'answers', name: string, message: unknown): string | undefined {
  const defs = strict(schema.$defs)
  const { [name]: chosen } = z.record(z.string(), z.record(z.string(), z.unknown())).parse(defs)[where] ?? {}
  const json = { $defs: defs, ...z.record(z.string(), z.unknown()).parse(chosen) }
  // The file is ours, and zod throws for keywords it does not support.
  const read = z.fromJSONSchema(json as Parameters<typeof z.fromJSONSchema>[0]).safeParse(message)
  return read.success ? undefined : `${where} ${name}: ${read.error.message}`
}

const traffic: { type: string; request: unknown; answer: unknown; status: number }[] = []
let s3: S3Fixture
let url: string
const servers: Server[] = []
beforeAll(async () => {
  s3 = await openS3Fixture()
  const server = backend(s3.storage(), {
    routes: {
      put: photos({ strategy: 'put', image: true }),
      post: photos({ strategy: 'post', onConfirm: ({ id }) => ({ id }) }),
      multipart: photos({ strategy: 'multipart', maxSize: '50MB' }),
    },
  })
  url = await listen(async (request) => {
    const asked: unknown = await request.clone().json()
    const answer = await server.handler(request)
    const { type } = z.object({ type: z.string() }).parse(asked)
    traffic.push({ type, request: asked, answer: await answer.clone().json(), status: answer.status })
    return answer
  })
})
afterAll(async () => {
  for (const server of servers) {
    server.close()
    server.closeAllConnections()
  }
  await s3.close()
})

async function listen(handler: (request: Request) => Promise<Response>): Promise<string> {
  const mounted = toNodeHandler(handler)
  const server = createServer((request, response) => void mounted(request, response)).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/` // it listens on a port
}

test('messages between the browser and the handler match the protocol schema', async () => {
  const endpoints = httpEndpoints(url, { headers: { 'x-user': 'anna' } })
  const context = { signal: new AbortController().signal }
  const file = { id: 'a', name: 'a.png', size: bytes.length, type: 'image/png' }
  const sent = (ticket: Ticket, body = bytes) => send(ticket as AnyTicket, body) // same value, looser type

  for (const route of ['put', 'post']) {
    const info = { ...file, route, meta: { album: 7, public: true, note: null } }
    const ticket = await endpoints.presign(info, context)
    await endpoints.renew?.(ticket, context)
    const etag = (await sent(ticket)).headers.get('etag')?.replaceAll('"', '')
    const checksum = { algorithm: 'SHA1', value: 'x' } as const
    await endpoints.confirm?.({ file: info, ticket, checksum, ...(etag && { etag }) }, context)
    await endpoints.discard?.(ticket, context)
  }

  const large = { ...file, id: 'b', route: 'multipart', size: 5 * MiB + 1 }
  const body = randomImage(large.size)
  const ticket = await endpoints.presign(large, context)
  const parts =
    (await endpoints.signParts?.(ticket, [1, 2], { ...context, checksums: checksumsOf(body) })) ?? []
  await Promise.all(
    parts.map((part) =>
      fetch(part.url, {
        method: 'PUT',
        ...(part.headers && { headers: part.headers }),
        body: body.slice((part.partNumber - 1) * 5 * MiB, part.partNumber * 5 * MiB),
      }),
    ),
  )
  await endpoints.listParts?.(ticket, context)
  await endpoints.complete?.(ticket, context)
  await endpoints.confirm?.({ file: large, ticket }, context)
  await endpoints.renew?.(ticket, context)

  await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'policies', route: 'post' }),
  })

  // Rejections of a file and of a call.
  await expect(endpoints.presign({ ...file, id: 'c', route: 'none' }, context)).rejects.toThrow(/no route/)
  await expect(endpoints.complete?.({ ...ticket, token: 'x.y' }, context)).rejects.toThrow(/403/)
  const unsent = await endpoints.presign({ ...file, id: 'd', route: 'put' }, context)
  await expect(endpoints.confirm?.({ file: { ...file, id: 'd' }, ticket: unsent }, context)).rejects.toThrow()

  expect([...new Set(traffic.map(({ type }) => type))].toSorted()).toEqual(calls.toSorted())
  const wrong = traffic.flatMap(({ type, request, answer, status }) => [
    schemaErrorsOf('requests', type, request),
    // When every file is rejected the status is an error too, and the entries are the same.
    schemaErrorsOf(
      'answers',
      status === 200 || !Object.hasOwn(Object(answer), 'error') ? type : 'refusal',
      answer,
    ),
  ])
  expect(wrong.filter(Boolean)).toEqual([])
}, 20_000)

test('the protocol schema rejects unknown properties', () => {
  expect(schemaErrorsOf('requests', 'renew', { type: 'renew', token: '' })).toBeDefined()
  expect(schemaErrorsOf('requests', 'renew', { type: 'renew', token: 'x', more: 1 })).toBeDefined()
  expect(schemaErrorsOf('requests', 'renew', { type: 'presign', token: 'x' })).toBeDefined()
  expect(
    schemaErrorsOf('answers', 'presign', { tickets: [{ id: 'a', ticket: { kind: 'put', key: 'k' } }] }),
  ).toBeDefined()
  expect(schemaErrorsOf('answers', 'confirm', { results: [{ id: 'a', error: { code: 'x' } }] })).toBeDefined()
})

test('docs/protocol.md has a valid request and response for each call', () => {
  const page = readFileSync('docs/protocol.md', 'utf8')
  const sections = page.split(/^## /m).slice(1)
  const examples = (section: string) =>
    [...section.matchAll(/^```json\n(.*?)^```/gms)].map(([, json = '']) => JSON.parse(json))
  for (const call of calls) {
    const section = sections.find((each) => each.startsWith(`\`${call}\``)) ?? ''
    const [request, answer] = examples(section)
    expect([schemaErrorsOf('requests', call, request), schemaErrorsOf('answers', call, answer)]).toEqual([
      undefined,
      undefined,
    ])
  }
  const [refusal] = examples(sections.find((each) => each.startsWith('Errors')) ?? '')
  expect(schemaErrorsOf('answers', 'refusal', refusal)).toBeUndefined()
})

test('every file arrives when the handler accepts fewer files per request than the page sends', async () => {
  const server = backend(s3.storage(), {
    filesPerRequest: 4,
    routes: { put: photos({ strategy: 'put', onConfirm: ({ id }) => ({ id }) }) },
  })
  const endpoints = httpEndpoints(await listen(server.handler), { headers: { 'x-user': 'anna' } })
  const context = { signal: new AbortController().signal }
  const results = await Promise.all(
    Array.from({ length: 10 }, async (_, index) => {
      const file = { id: `f${index}`, name: `${index}.png`, size: bytes.length, type: 'image/png' }
      const ticket = await endpoints.presign(file, context)
      await send(ticket as AnyTicket, bytes) // same value, looser type
      return endpoints.confirm?.({ file, ticket }, { ...context, moreExpected: index < 9 })
    }),
  )
  expect(new Set(results.map((result) => JSON.stringify(result))).size).toBe(10)
  expect(server.errors).toEqual([])
})
