import { describe, expect, test } from 'vitest'
import { retryAfterMsOf } from '../../src/protocol/error-answer.ts'
import { UploadError } from '../../src/protocol/errors.ts'
import { setPhase } from '../../src/protocol/thrown-error.ts'

const json = (body: unknown, status: number, headers: HeadersInit = {}) =>
  Response.json(body, { status, headers })

describe('an error of a failed response', () => {
  test.each([
    [400, 'rejected', false],
    [401, 'unauthorized', true],
    [403, 'forbidden', false],
    [404, 'not-found', true],
    [408, 'unavailable', true],
    [409, 'rejected', false],
    [413, 'too-large', false],
    [415, 'wrong-type', false],
    [422, 'rejected', false],
    [425, 'unavailable', true],
    [429, 'throttled', true],
    [500, 'unavailable', true],
    [502, 'unavailable', true],
    [503, 'unavailable', true],
    [504, 'unavailable', true],
  ])('an error of status %i has code %s', async (status, code, retryable) => {
    const error = await UploadError.fromResponse(new Response('', { status }))
    expect(error).toBeInstanceOf(UploadError)
    expect(error).toMatchObject({ status, code, retryable })
  })

  test.each([
    ['message', { message: 'No more than 10 photos.' }],
    ['error', { error: 'No more than 10 photos.' }],
    ['error.message', { error: { message: 'No more than 10 photos.' } }],
    ['problem+json', { type: 'about:blank', title: 'Forbidden', detail: 'No more than 10 photos.' }],
    ['NestJS', { statusCode: 403, error: 'Forbidden', message: ['No more than 10 photos.'] }],
    ['FastAPI', { detail: [{ loc: ['body'], msg: 'No more than 10 photos.' }] }],
    ['Laravel', { message: 'No more than 10 photos.', errors: { file: ['x'] } }],
    ['JSON:API', { errors: [{ detail: 'No more than 10 photos.' }] }],
  ])('shows the message of the backend: %s', async (_name, body) => {
    const { text, message } = await UploadError.fromResponse(json(body, 403))
    expect(text).toBe('No more than 10 photos.')
    expect(message).toBe('The backend answered 403. No more than 10 photos.')
  })
  test('shows a single word and short plain text', async () => {
    expect(await UploadError.fromResponse(json({ message: 'no' }, 403))).toMatchObject({ text: 'no' })
    const plain = new Response(' The album\n is full. ', { status: 409 })
    expect(await UploadError.fromResponse(plain)).toMatchObject({ text: 'The album is full.' })
  })

  const forbidden = new UploadError('forbidden', { phase: 'starting' }).text
  test.each([
    ['a page', '<!doctype html><title>403 Forbidden</title>'],
    ['XML', '<?xml version="1.0"?><Error/>'],
    ['a status phrase', '{"message":"Forbidden","statusCode":403}'],
    ['a status line', '403 Forbidden'],
    ['an identifier', '{"error":"invalid_token"}'],
    ['a page in JSON', '{"message":"<html><body>no</body></html>"}'],
    ['a long text', 'x'.repeat(1000)],
    ['broken JSON', '{"message":"no'],
    ['nothing', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['numbers', '{"message":7,"error":8,"detail":null}'],
  ])('shows the default text of the code when the backend wrote %s', async (_name, body) => {
    const error = await UploadError.fromResponse(new Response(body, { status: 403 }))
    expect(error.text).toBe(forbidden)
    expect(error.message).not.toContain('<')
  })
  test('hides the cause of a server failure from users', async () => {
    const error = await UploadError.fromResponse(json({ message: 'connect ECONNREFUSED 10.0.0.5:5432' }, 500))
    expect(error.text).not.toContain('10.0.0.5')
    expect(error.message).toContain('10.0.0.5')
    const closed = await UploadError.fromResponse(json({ message: 'Closed until 9.' }, 503))
    expect(closed.text).toBe('Closed until 9.')
  })
  test('contains no query string of a URL, which may be signed', async () => {
    const message = 'Refused: https://s3.test/k?X-Amz-Signature=secret is old.'
    const error = await UploadError.fromResponse(json({ message }, 403))
    expect(error.text).toBe('Refused: https://s3.test/k is old.')
    expect(error.message).not.toContain('secret')
  })
  test('uses the code and text of our own protocol', async () => {
    const body = { error: { code: 'too-many', message: 'maxFiles is 3', text: 'Only three.' } }
    const error = await UploadError.fromResponse(json(body, 403))
    expect(error).toMatchObject({ code: 'too-many', text: 'Only three.' })
    expect(error.message).toContain('maxFiles is 3')
  })
  test('reads a bounded part of an endless body', async () => {
    let sent = 0
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1024
        controller.enqueue(new TextEncoder().encode('x'.repeat(1024)))
      },
    })
    expect(await UploadError.fromResponse(new Response(endless, { status: 500 }))).toMatchObject({
      status: 500,
    })
    expect(sent).toBeLessThan(100_000)
  })
  test('works with a body that is consumed, locked or broken', async () => {
    const used = json({ message: 'no' }, 403)
    await used.text()
    expect(await UploadError.fromResponse(used)).toMatchObject({ code: 'forbidden', text: forbidden })
    const locked = json({ message: 'no' }, 403)
    locked.body?.getReader()
    expect(await UploadError.fromResponse(locked)).toMatchObject({ code: 'forbidden' })
    const broken = new ReadableStream({ start: (controller) => controller.error(new Error('gone')) })
    expect(await UploadError.fromResponse(new Response(broken, { status: 503 }))).toMatchObject({
      code: 'unavailable',
    })
  })
  test('is `network` without a response, and `invalid-answer` for a successful response', async () => {
    expect(await UploadError.fromResponse(Response.error())).toMatchObject({ code: 'network' })
    expect(await UploadError.fromResponse(json({}, 200))).toMatchObject({ code: 'invalid-answer' })
  })
  test('prefers given options to the content of the response', async () => {
    const options = { phase: 'finishing', text: 'Sorry.' } as const
    expect(await UploadError.fromResponse(json({ message: 'no' }, 403), options)).toMatchObject(options)
  })
})

describe('Retry-After', () => {
  const date = 'Fri, 27 Nov 2026 10:00:00 GMT'
  test.each([
    [{ 'retry-after': '120' }, 120_000],
    [{ 'Retry-After': ' 1.5 ' }, 1500],
    [{ 'RETRY-AFTER': 3 }, 3000],
    [{ date, 'retry-after': 'Fri, 27 Nov 2026 10:00:07 GMT' }, 7000],
    [{ date, 'retry-after': 'Fri, 27 Nov 2026 09:00:00 GMT' }, undefined],
    [{ 'retry-after': '0' }, undefined],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': '1e999' }, undefined],
    [{}, undefined],
    [undefined, undefined],
  ])('Retry-After %j is %s ms', (headers, wait) => {
    expect(retryAfterMsOf(headers)).toBe(wait)
  })
  test('reads Retry-After from Headers, and uses the local clock for a date without a Date header', () => {
    expect(retryAfterMsOf(new Headers({ 'retry-after': '2' }))).toBe(2000)
    const soon = new Date(Date.now() + 3_600_000).toUTCString()
    expect(retryAfterMsOf({ 'retry-after': soon })).toBeGreaterThan(3_000_000)
  })
})

describe('the phase of an error', () => {
  test('sets the phase in place with its default message and changes nothing else', () => {
    const error = new UploadError('forbidden', { phase: 'starting', status: 403 })
    expect(setPhase(error, 'finishing')).toBe(error)
    expect(error).toMatchObject({ phase: 'finishing', status: 403 })
    expect(error.message).toBe(
      'forbidden while finishing. See node_modules/putaway/docs/errors.md#forbidden.',
    )
    const worded = setPhase(new UploadError('forbidden', { phase: 'starting', message: 'No.' }), 'uploading')
    expect(worded).toMatchObject({ phase: 'uploading', message: 'No.' })
  })
  test('keeps the phase of an error that the app froze', () => {
    const frozen = Object.freeze(new UploadError('forbidden', { phase: 'starting' }))
    expect(setPhase(frozen, 'finishing').phase).toBe('starting')
  })
})
