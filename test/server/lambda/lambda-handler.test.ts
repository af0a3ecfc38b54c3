import { startLocalS3 } from 'local-s3'
import type { LocalS3 } from 'local-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createUploadHandler, lambdaEventOf, s3Storage, toLambdaHandler } from '../../../src/server/index.ts'
import type { LambdaEvent } from '../../../src/server/index.ts'
import { bytes, photos, secret, send } from '../../harness/s3-fixture.ts'
import { events } from './events.ts'

let s3: LocalS3
beforeAll(async () => {
  s3 = await startLocalS3()
})
afterAll(() => s3.close())

const sessionOf = (request: Request) => /session=(\w+)/.exec(request.headers.get('cookie') ?? '')?.[1]

function startFunction() {
  const { endpoint, region, credentials } = s3
  const storage = s3Storage({ endpoint, region, credentials, bucket: 'uploads' })
  const authorize = (request: Request) => {
    const id = sessionOf(request)
    return id === undefined ? null : { id }
  }
  const uploads = createUploadHandler({ storage, secret, routes: { photos: photos({ authorize }) } })
  return toLambdaHandler(uploads)
}

const toBase64 = (text: string) => btoa(String.fromCharCode(...new TextEncoder().encode(text)))

describe.each(Object.entries(events))('an event of %s', (_, eventOf) => {
  test.each([false, true])('presigns and confirms, with a body in base64: %s', async (isBase64Encoded) => {
    const handle = startFunction()
    const call = async (body: object) => {
      const text = JSON.stringify(body)
      const event = eventOf({ body: isBase64Encoded ? toBase64(text) : text, isBase64Encoded })
      const answer = await handle(event)
      expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'application/json'])
      expect([answer.headers['cache-control'], answer.isBase64Encoded]).toEqual(['no-store', false])
      return JSON.parse(answer.body)
    }
    const files = [{ id: 'f1', name: '고양이.png', size: bytes.length, type: 'image/png' }]
    const { ticket } = (await call({ type: 'presign', files })).tickets[0]
    expect((await send(ticket)).ok).toBe(true)
    const [confirmed] = (await call({ type: 'confirm', receipts: [{ id: 'f1', token: ticket.token }] }))
      .results
    expect(confirmed.result).toMatchObject({ name: '고양이.png', size: bytes.length })
  })

  test('is a Request with its URL, headers, cookies and bytes', async () => {
    let seen: Request | undefined
    const handle = toLambdaHandler(async (request) => {
      seen = request
      return new Response('ok')
    })
    const event = eventOf({ body: toBase64('é'), isBase64Encoded: true })
    await handle(event)
    if (!seen) return expect.fail('There is no request.')
    const url = new URL(seen.url)
    expect(url.origin).toBe(`https://${event.requestContext?.domainName}`)
    expect(url.pathname).toMatch(/^(\/prod)?\/api\/uploads$/)
    expect(url.searchParams.get('page')).toBe(event.rawQueryString === undefined ? null : 'a b')
    expect([seen.method, seen.headers.get('origin')]).toEqual(['POST', 'https://your.app'])
    expect(seen.headers.get('cookie')).toBe('session=anna; theme=dark')
    if (event.httpMethod !== undefined) expect(seen.headers.get('x-trace')).toBe('a, b')
    expect(await seen.text()).toBe('é')
    expect(lambdaEventOf(seen)).toBe(event)
  })

  test('is answered with several cookies in the form of its format', async () => {
    const headers = new Headers([
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
    ])
    const event = eventOf({ body: '' })
    const answer = await toLambdaHandler(async () => new Response(null, { status: 204, headers }))(event)
    expect(answer.headers).not.toHaveProperty('set-cookie')
    expect(answer.cookies ?? answer.multiValueHeaders?.['set-cookie']).toEqual(['a=1', 'b=2'])
    expect(answer.cookies !== undefined).toBe(event.version === '2.0')
    expect([answer.statusCode, answer.body]).toEqual([204, ''])
  })
})

test('a user without a session is refused', async () => {
  const event =
    events['a function URL']?.({ body: '{"type":"policies"}' }) ?? expect.fail('There is no event.')
  const files = [{ id: 'f1', name: 'cat.png', size: bytes.length, type: 'image/png' }]
  const body = JSON.stringify({ type: 'presign', files })
  expect((await startFunction()({ ...event, body, cookies: [] })).statusCode).toBe(401)
})

test.each<[string, LambdaEvent]>([
  ['a message of a queue', { Records: [{ eventSource: 'aws:sqs', body: '{}' }] } as unknown as LambdaEvent],
  [
    'a header that cannot be one',
    { rawPath: '/', headers: { 'a b': 'c' }, requestContext: { http: { method: 'POST' } } },
  ],
  [
    'a host that cannot be one',
    { rawPath: '/', headers: { host: 'a b' }, requestContext: { http: { method: 'POST' } } },
  ],
  ['a method that fetch forbids', { path: '/', httpMethod: 'TRACE' }],
  ['a body that is no base64', { path: '/', httpMethod: 'POST', body: '%', isBase64Encoded: true }],
])('%s gets 400 and does not reach the handler', async (_, event) => {
  const answer = await toLambdaHandler(() => expect.fail('The handler was called.'))(event)
  expect(answer.statusCode).toBe(400)
  expect(JSON.parse(answer.body).error.message).toMatch(/function URL or of API Gateway/)
})

test.each(['//evil.test/a', 'a', '/a?b'])(
  'the path %s stays a path of the host of the event',
  async (path) => {
    let url = ''
    const handle = toLambdaHandler(async (request) => {
      url = request.url
      return new Response()
    })
    await handle({ path, httpMethod: 'GET', headers: { host: 'good.test' }, body: 'ignored' })
    expect(new URL(url).host).toBe('good.test')
  },
)

test('a request without an event has none', () => {
  expect(lambdaEventOf(new Request('https://your.app'))).toBeUndefined()
})
