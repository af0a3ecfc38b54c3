import { describe, expect, test } from 'vitest'
import { readReturnValue, readThrownError } from '../../src/core/answers/read-app-result.ts'
import { UploadError } from '../../src/protocol/errors.ts'

const read = (thrown: unknown) => readThrownError(thrown, 'finishing')
/** An error as an HTTP library creates it. */
const made = (fields: object, message = 'It failed') => Object.assign(new Error(message), fields)

/** An error that no JavaScript threw. */
function withoutStack(message: string): TypeError {
  return Object.defineProperty(new TypeError(message), 'stack', { value: undefined })
}

/** A response whose body the client has read. */
const readBefore = new Response('read', { status: 503, headers: { 'Retry-After': '7' } })
await readBefore.text()

describe('an error of a lost connection becomes `network`', () => {
  test.each([
    ['Chromium', new TypeError('Failed to fetch')],
    ['Chromium with Sentry', new TypeError('Failed to fetch (api.test)')],
    ['Chromium, a body that breaks', new TypeError('network error')],
    ['Firefox', new TypeError('NetworkError when attempting to fetch resource.')],
    ['Firefox, a body that breaks', new TypeError('Error in input stream')],
    ['Safari', new TypeError('Load failed')],
    ['Safari with Sentry', new TypeError('Load failed (api.test)')],
    ['older Safari', new TypeError('The network connection was lost.')],
    ['older Safari, offline', new TypeError('The Internet connection appears to be offline.')],
    ['older Safari, no server', new TypeError('Could not connect to the server.')],
    ['React Native', new TypeError('Network request failed')],
    ['undici', Object.assign(new TypeError('fetch failed'), { cause: made({ code: 'ECONNREFUSED' }) })],
    ['undici, a body that breaks', new TypeError('terminated')],
    ['node:http', made({ code: 'ECONNRESET' }, 'socket hang up')],
    ['DNS', made({ code: 'ENOTFOUND' })],
    [
      'a module that does not load',
      new TypeError('Failed to fetch dynamically imported module: https://a.test/b.js'),
    ],
    ['a module in Safari', new TypeError('Importing a module script failed.')],
    ['axios', made({ name: 'AxiosError', code: 'ERR_NETWORK', response: undefined }, 'Network Error')],
    ['ky', made({ name: 'NetworkError' })],
    [
      'ofetch',
      made({ name: 'FetchError', cause: new TypeError('Failed to fetch') }, '[POST] "/a": <no response>'),
    ],
    ['superagent', made({ crossDomain: true, status: undefined }, 'Request has been terminated')],
    ['Angular', made({ name: 'HttpErrorResponse', status: 0 })],
    ['RTK Query', { status: 'FETCH_ERROR', error: 'TypeError: Failed to fetch' }],
    ['Apollo', made({ networkError: new TypeError('Failed to fetch') })],
    ['an XMLHttpRequest', { type: 'error', target: { status: 0, readyState: 4 } }],
    ['a wrapper of an app', new Error('presign failed', { cause: new TypeError('Failed to fetch') })],
    ['Safari in German', withoutStack('Die Netzwerkverbindung wurde unterbrochen.')],
    ['Safari when the network changes', withoutStack('cancelled')],
    ['React Native, a timeout', new TypeError('Network request timed out')],
    ['Supabase, a table', { message: 'TypeError: Failed to fetch', details: '', hint: '', code: '' }],
    ['Supabase, a function', made({ name: 'FunctionsFetchError', context: new TypeError('Load failed') })],
    ['Promise.any', new AggregateError([new TypeError('Failed to fetch')])],
    ['Firebase', made({ name: 'FirebaseError', code: 'functions/unavailable' })],
    ['a thrown text', 'TypeError: Failed to fetch'],
    ['an app that keeps the name', new Error('Upload failed: TypeError: Failed to fetch')],
    ['Electron', new Error("Error invoking remote method 'presign': TypeError: fetch failed")],
    ['an app that keeps the message', new Error('NetworkError when attempting to fetch resource.')],
    ['an app that adds to the message', new Error('No ticket: The network connection was lost.')],
    ['Redux Toolkit', { name: 'TypeError', message: 'Failed to fetch', stack: '' }],
    ['rxjs', made({ name: 'AjaxError', status: 0, response: null }, 'ajax error')],
    ['jQuery', { readyState: 0, status: 0, statusText: 'error' }],
  ])('a lost connection in %s is `network`', async (_name, thrown) => {
    expect(await read(thrown)).toMatchObject({ code: 'network', phase: 'finishing', cause: thrown })
  })
})

describe('an error of a timeout becomes `stalled`', () => {
  test.each([
    ['AbortSignal.timeout', new DOMException('signal timed out', 'TimeoutError')],
    ['an AbortController of the app', new DOMException('This operation was aborted', 'AbortError')],
    ['axios', made({ name: 'AxiosError', code: 'ECONNABORTED' }, 'timeout of 10 ms exceeded')],
    ['axios, a signal', made({ name: 'CanceledError', code: 'ERR_CANCELED' })],
    ['ky', made({ name: 'TimeoutError' }, 'Request timed out: POST /a')],
    ['superagent', made({ timeout: 10, code: 'ECONNABORTED', errno: 'ETIME' })],
    ['undici', made({ code: 'UND_ERR_HEADERS_TIMEOUT' })],
    ['RTK Query', { status: 'TIMEOUT_ERROR' }],
    ['Firebase', made({ code: 'functions/deadline-exceeded' })],
    ['rxjs', made({ name: 'AjaxTimeoutError', status: 0 }, 'ajax timeout')],
    ['node-fetch', made({ name: 'FetchError', type: 'request-timeout' })],
    ['an XMLHttpRequest', { type: 'timeout', target: { status: 0, readyState: 4 } }],
  ])('a timeout of %s is `stalled`', async (_name, thrown) => {
    expect(await read(thrown)).toMatchObject({ code: 'stalled', phase: 'finishing' })
  })
})

describe('an error with a status becomes its code, Retry-After and the message of the backend', () => {
  const body = { message: 'Busy until noon.' }
  const headers = { 'Retry-After': '7' }
  test.each([
    ['a Response', Response.json(body, { status: 503, headers })],
    ['ky', made({ name: 'HTTPError', response: Response.json(body, { status: 503, headers }) })],
    ['axios', made({ response: { status: 503, data: body, headers: { 'retry-after': '7' } } })],
    [
      'ofetch',
      made({
        status: 503,
        data: body,
        response: { status: 503, headers: new Headers(headers), _data: body },
      }),
    ],
    ['superagent', made({ status: 503, response: { status: 503, body, header: headers } })],
    ['Angular', { name: 'HttpErrorResponse', status: 503, error: body, headers: new Headers(headers) }],
    ['a plain object', { statusCode: 503, ...body, headers }],
    ['wretch', made({ status: 503, text: JSON.stringify(body), response: readBefore })],
    ['NSwag', made({ status: 503, response: JSON.stringify(body), headers })],
    ['OpenAPI generators', made({ name: 'ApiError', status: 503, body, headers })],
    [
      'tRPC behind a gateway',
      made({ name: 'TRPCClientError', meta: { response: readBefore, responseJSON: body } }),
    ],
    ['Apollo', made({ name: 'ServerError', response: readBefore, bodyText: JSON.stringify(body) })],
    ['openapi-fetch', { data: undefined, error: { errors: [{ msg: body.message }] }, response: readBefore }],
    [
      'jQuery',
      {
        status: 503,
        responseJSON: body,
        getResponseHeader: (name: string) => (/^retry/i.test(name) ? '7' : null),
      },
    ],
    ['rxjs', made({ name: 'AjaxError', status: 503, response: body, xhr: { getResponseHeader: () => '7' } })],
    [
      'a wrapper of an app',
      new Error('no', { cause: made({ response: { status: 503, data: body, headers } }) }),
    ],
  ])('a status in an error of %s becomes a code, Retry-After and a message', async (_name, thrown) => {
    expect(await read(thrown)).toMatchObject({
      code: 'unavailable',
      status: 503,
      retryAfter: 7000,
      text: 'Busy until noon.',
      phase: 'finishing',
    })
  })
  test.each([
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [409, 'rejected'],
    [429, 'throttled'],
    [500, 'unavailable'],
    [502, 'unavailable'],
    [504, 'unavailable'],
  ])('status %i becomes %s at any place in the error', async (status, code) => {
    for (const thrown of [
      made({ status }),
      made({ status: String(status) }),
      made({ statusCode: status }),
      made({ response: { status } }),
      made({ response: { statusCode: status } }),
      made({ data: { httpStatus: status } }),
      made({ $metadata: { httpStatusCode: status } }),
      made({ code: status }),
      made({ code: String(status) }),
      made({ context: new Response(null, { status }) }),
      new Error(`HTTP ${status}`),
      new Error(`HTTP error! Status: ${status}`),
      new Error(`Response status: ${status}`),
      new Error(`Request failed with status code ${status}`),
      new Error(`Upload failed: ${status}`),
      new Error(`Presign failed (${status})`),
      new Error(`Server responded with ${status}.`),
      new Error(`${status} `),
      String(status),
      status,
      new Response(null, { status }),
    ])
      expect(await read(thrown)).toMatchObject({ code, status })
  })
  test.each([
    ['Unauthorized', 'unauthorized'],
    ['403 Forbidden', 'forbidden'],
    ['Upload failed: 429 Too Many Requests', 'throttled'],
    ['Internal Server Error', 'unavailable'],
    ['Could not presign (Bad Gateway)', 'unavailable'],
    ['503 Service Temporarily Unavailable', 'unavailable'],
    ['Error: Gateway Time-out.', 'unavailable'],
  ])('a message with the phrase of a status becomes its code: %s', async (message, code) => {
    expect(await read(new Error(message))).toMatchObject({ code })
    expect(await read(message)).toMatchObject({ code })
  })
  test.each(['FORBIDDEN', 'TOO_MANY_REQUESTS'])('shows the message of a tRPC procedure: %s', async (code) => {
    const shape = {
      message: 'Not your album.',
      code: -32003,
      data: { code, httpStatus: 403, path: 'presign' },
    }
    const meta = { response: Response.json([]), responseJSON: [{ error: shape }] }
    const thrown = made({ name: 'TRPCClientError', shape, data: shape.data, meta }, shape.message)
    expect(await read(thrown)).toMatchObject({ code: 'forbidden', text: 'Not your album.' })
  })
  test('reads a thrown body of the protocol, whose status is lost', async () => {
    const thrown = { error: { code: 'not-stored', message: 'The object is missing.' } }
    const error = await read(thrown)
    expect(error).toMatchObject({ code: 'not-stored', status: undefined, phase: 'finishing' })
    expect(error.message).toContain('The object is missing.')
  })
  test('an empty text of a backend does not replace the default text', async () => {
    const thrown = { status: 403, data: { error: { code: 'forbidden', message: 'no', text: '' } } }
    expect((await read(thrown)).text).toBe("You don't have permission to upload this.")
  })
  test('reads the status of a response whose body is already consumed', async () => {
    const response = Response.json(body, { status: 403 })
    await response.json()
    expect(await read(response)).toMatchObject({ code: 'forbidden' })
    expect(await read(made({ response, data: body }))).toMatchObject({
      code: 'forbidden',
      text: body.message,
    })
  })
  test('reads the status from a response body that is thrown alone', async () => {
    const thrown = { statusCode: 409, message: 'It is there already.', error: 'Conflict' }
    expect(await read(thrown)).toMatchObject({ code: 'rejected', status: 409, text: thrown.message })
  })
  test('shows a path that the framework does not know to developers only', async () => {
    for (const message of [
      'Cannot POST /upload/confirm',
      'Route POST:/upload/confirm not found',
      'No procedure found on path "upload/confirm"',
    ]) {
      const error = await read(
        Response.json({ statusCode: 404, message, error: 'Not Found' }, { status: 404 }),
      )
      expect(error.message).toContain(message)
      expect(error.text).not.toContain('upload')
    }
    expect((await read(Response.json({ message: 'Album 5 is gone.' }, { status: 404 }))).text).toBe(
      'Album 5 is gone.',
    )
  })
  test('does not show the message of an HTTP client to users', async () => {
    const { text } = await read(made({ response: { status: 403 } }, 'Request failed with status code 403'))
    expect(text).not.toContain('status code')
  })
})

describe('an error of a bug stays `unknown`', () => {
  const circular: { cause?: unknown } = {}
  circular.cause = circular
  test.each([
    new TypeError("Cannot read properties of undefined (reading 'url')"),
    new TypeError("Failed to execute 'fetch' on 'Window': Failed to parse URL from //"),
    new TypeError('answer.json is not a function'),
    new SyntaxError('Unexpected token < in JSON at position 0'),
    // Apps write these for a response with an error status.
    new Error('Failed to fetch'),
    new Error('Load failed'),
    new Error('Failed to fetch data'),
    new Error('The field is Forbidden'),
    new Error('Minified React error #418; visit https://react.dev/errors/418'),
    new SyntaxError('Unexpected token < in JSON at position: 403'),
    new Error('Failed after 500 ms'),
    new Error('Row 404'),
    { error: { code: 'E_ROW', message: 'no' } },
    600,
    new Error('no', { cause: new RangeError('no') }),
    made({ status: 200 }),
    made({ status: 'error' }),
    made({ code: 7 }),
    new Error('The status of 4035 rows is not known'),
    made({ context: circular, errors: [{ message: 'Required' }] }),
    circular,
    'no',
    undefined,
    null,
  ])('a bug stays `unknown`: %s', async (thrown) => {
    expect(await read(thrown)).toMatchObject({ code: 'unknown', phase: 'finishing' })
  })
})

test('names a thrown value that is not an Error', async () => {
  expect((await read({ message: 'no', url: 'https://s3.test/?X-Amz-Signature=1' })).message).toBe(
    'Unexpected error: no',
  )
})

test('keeps an UploadError, also inside an error of the app, and sets the phase of the step', async () => {
  const error = new UploadError('forbidden', { phase: 'starting' })
  expect(await read(error)).toBe(error)
  expect(await read(new Error('no', { cause: error }))).toBe(error)
  expect(error.phase).toBe('finishing')
})

describe('a Response that a function returns', () => {
  const returned = (answer: unknown) => readReturnValue(answer, 'finishing')
  test('resolves to the JSON of a Response, its text, or undefined', async () => {
    expect(await returned(Response.json({ id: 1 }))).toEqual({ id: 1 })
    expect(await returned(new Response('OK'))).toBe('OK')
    expect(await returned(new Response(null, { status: 204 }))).toBeUndefined()
  })
  test('resolves to the body that the HTTP client has already read', async () => {
    const response = Response.json({ id: 1 })
    const _data: unknown = await response.json()
    expect(await returned(Object.assign(response, { _data }))).toEqual({ id: 1 })
  })
  test.each([
    ['axios', { status: 200, headers: {}, data: { id: 1 }, config: {} }],
    ['superagent', { status: 200, headers: {}, body: { id: 1 }, text: '{"id":1}', ok: true }],
    ['openapi-fetch', { data: { id: 1 }, response: Response.json({ id: 1 }) }],
  ])('a Response of %s resolves to its body', async (_client, response) => {
    expect(await returned(response)).toEqual({ id: 1 })
  })
  const refusal = { status: 403, headers: {} }
  test.each([
    ['fetch', Response.json({ message: 'no' }, { status: 403 })],
    ['axios', { ...refusal, data: { message: 'no' }, config: {} }],
    [
      'openapi-fetch',
      { data: undefined, error: {}, response: Response.json({ message: 'no' }, { status: 403 }) },
    ],
    ['superagent', { ...refusal, ok: false, body: { message: 'no' }, text: '{"message":"no"}', header: {} }],
  ])('a failed Response of %s is an error', async (_client, response) => {
    const thrown: unknown = await returned(response).catch((error: unknown) => error)
    expect(await read(thrown)).toMatchObject({ code: 'forbidden', text: 'no', phase: 'finishing' })
  })
  test.each<readonly [string, unknown]>([
    ['an UploadError', new UploadError('forbidden', { phase: 'starting' })],
    ['an Error', made({ response: { status: 403 } })],
    ['an error of Supabase', { data: null, error: made({ context: new Response(null, { status: 403 }) }) }],
    ['an error of the protocol', { error: { code: 'forbidden', message: 'no' } }],
  ])('a function that returns %s instead of throwing it fails', async (_name, answer) => {
    const thrown: unknown = await returned(answer).catch((error: unknown) => error)
    expect(await read(thrown)).toMatchObject({ code: 'forbidden', phase: 'finishing' })
  })
  test.each([302, 304])('a Response without a result is an error: %i', async (status) => {
    const thrown: unknown = await returned(new Response(null, { status })).catch((error: unknown) => error)
    expect(await read(thrown)).toMatchObject({ code: 'invalid-answer', phase: 'finishing' })
  })
  test.each([
    new Response('<!-- build 7 -->\n<!doctype html>'),
    new Response('<!doctype html><title>Sign in</title>'),
    '\n<html lang="en">',
    '<!DOCTYPE html>',
  ])('rejects an HTML page as an answer', async (page) => {
    await expect(returned(page)).rejects.toMatchObject({ code: 'invalid-answer', phase: 'finishing' })
  })
  test.each([
    { id: 1, error: { code: 'forbidden' } },
    { data: { id: 1 }, error: null },
    { id: 1, status: 404 },
    { status: 'ready' },
    '<b>kept</b>',
    undefined,
    null,
    7,
  ])('passes a result of the app through that only looks like a Response: %s', async (result) => {
    expect(await returned(result)).toBe(result)
  })
})
