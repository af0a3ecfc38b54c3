import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { fakeFile } from 'putaway/testing'
import { UploadError } from '../../src/protocol/errors.ts'
import { startEngine } from '../harness/engine.ts'

beforeEach(() => {
  vi.stubEnv('NODE_ENV', 'development')
  for (const level of ['error', 'warn'] as const) vi.spyOn(console, level).mockReturnValue()
})
afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

const logged = () => vi.mocked(console.error).mock.calls.map(([text]) => String(text))

test('a failed upload is one console error with file, phase, code, message, cause and docs page', async () => {
  const { uploader } = startEngine({
    endpoints: {
      presign: () => {
        throw new TypeError('file.title is undefined')
      },
    },
  })
  uploader.add([fakeFile('a.png')])
  await uploader.settled()
  const [text, ...others] = logged()
  expect(others).toEqual([])
  expect(text).toMatch(/^putaway: "a\.png" failed\. unknown while starting: Unexpected error: file\.title is/)
  expect(text).toContain('node_modules/putaway/docs/errors.md#unknown')
  expect(text).toMatch(/Caused by TypeError: file\.title is undefined\n\s+at /)
})

test('the cause has its name and message also in a browser whose stacks do not begin with them', async () => {
  const { uploader } = startEngine({
    endpoints: {
      presign: () => {
        const error = new TypeError('file.title is undefined')
        throw Object.assign(error, { stack: 'presign@https://app.test/index.js:1:9\n' })
      },
    },
  })
  uploader.add([fakeFile('a.png')])
  await uploader.settled()
  expect(logged()[0]).toMatch(/Caused by TypeError: file\.title is undefined\npresign@https:.*:1:9$/)
})

test('an error without a description names its code and step once', async () => {
  const { uploader } = startEngine({
    endpoints: { presign: () => Promise.reject(new UploadError('unauthorized', { phase: 'starting' })) },
  })
  uploader.add([fakeFile('a.png')])
  await uploader.settled()
  const [text = ''] = logged()
  expect(text.match(/unauthorized while starting/g)).toHaveLength(1)
  expect(text).toMatch(/^putaway: "a\.png" failed\. unauthorized while starting\. See node_modules/)
})

test('the first 5xx is a console warning at once, and the same one is not repeated', async () => {
  const { uploader } = startEngine({
    endpoints: {
      presign: () => {
        const message = 'presign: the backend at /api/uploads answered 500.'
        return Promise.reject(new UploadError('unavailable', { phase: 'starting', status: 500, message }))
      },
    },
    options: { retry: { retries: 3 } },
  })
  uploader.add([fakeFile('a.png')])
  await uploader.settled()
  expect(console.warn).toHaveBeenCalledTimes(1)
  expect(vi.mocked(console.warn).mock.calls[0]?.[0]).toContain('answered 500')
})

test('a call without an answer for four seconds is a console warning', async () => {
  vi.useFakeTimers()
  const { uploader } = startEngine({ endpoints: { presign: () => new Promise(() => {}) } })
  uploader.add([fakeFile('a.png')])
  await vi.advanceTimersByTimeAsync(5000)
  vi.useRealTimers()
  // Uploads of earlier tests may warn too.
  const warnings = vi.mocked(console.warn).mock.calls.filter(([text]) => String(text).includes('presign'))
  expect(warnings).toEqual([
    [
      expect.stringMatching(
        /^putaway: presign has not answered for 4 seconds\. Does the route send a response/,
      ),
    ],
  ])
})

test('a signature in an error of the app is removed from the console', async () => {
  const { uploader } = startEngine({
    endpoints: {
      presign: () =>
        Promise.reject(new Error('PUT https://s3.test/a?X-Amz-Signature=secret&partNumber=1 failed')),
    },
  })
  uploader.add([fakeFile('a.png')])
  await uploader.settled()
  expect(logged().join()).toContain('https://s3.test/a?… failed')
  expect(logged().join()).not.toContain('secret')
})

test.each(['production', 'test', undefined])('nothing is logged with NODE_ENV %s', async (name) => {
  vi.stubEnv('NODE_ENV', name)
  const { uploader } = startEngine({ endpoints: { presign: () => Promise.reject(new Error('no')) } })
  uploader.add([fakeFile('a.png')])
  await uploader.settled()
  expect(console.error).not.toHaveBeenCalled()
  expect(console.warn).not.toHaveBeenCalled()
})
