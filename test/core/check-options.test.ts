import { expect, test, vi } from 'vitest'
import { createUploader } from 'putaway/core'
import { checkOptions, checkProvider } from '../../src/core/check-options.ts'
import type { UploadPorts } from '../../src/core/ports.ts'

test.each([
  [{ maxSize: '5 megabytes' }, /maxSize is wrong. "5 megabytes" is not a size. Pass bytes as a number, or a/],
  [{ maxSize: -1 }, /maxSize is wrong. "-1" is not a size/],
  [{ minSize: NaN }, /minSize is wrong. "NaN" is not a size/],
  [{ maxSize: {} }, /maxSize is wrong. "\[object Object\]" is not a size/],
  [{ minSize: '2MB', maxSize: '1MB' }, /minSize \("2MB"\) is larger than maxSize \("1MB"\): every file/],
  [{ maxFiles: -1 }, /maxFiles is wrong. It is -1. Pass a whole number from 0/],
  [{ maxFiles: NaN }, /maxFiles is wrong. It is NaN/],
  [{ maxFiles: 1.5 }, /maxFiles is wrong. It is 1.5/],
  [{ maxFiles: '3' }, /maxFiles is wrong. It is "3"/],
  [{ concurrency: 'many' }, /concurrency is wrong. It is "many"/],
  [{ accept: 'jpg,png' }, /accept is wrong. accept has "jpg", which matches no file/],
  [{ accept: null }, /accept is wrong. It is null. Pass a string such as "image\/\*"/],
  [{ accept: { 'image/*': [] } }, /accept is wrong. It is {"image\/\*":\[\]}/],
  [{ accept: [/png/] }, /accept is wrong. It is \[{}\]/],
  [{ route: 5 }, /route is wrong. It is 5. Pass a string/],
  [{ meta: 'album' }, /meta is wrong. It is "album". Pass an object or a function/],
  [{ retry: 3 }, /retry is wrong. It is 3. Pass an object: { retries: 3 }/],
  [{ retry: { retries: -1 } }, /retry is wrong. retries is -1. Pass a number from 0/],
  [{ retry: { uploading: { maxDelay: 'long' } } }, /retry is wrong. maxDelay is "long"/],
  [{ onDone: 'save' }, /onDone is wrong. It is "save". Pass a function/],
  [
    { endpoints: {} },
    /endpoints is wrong. It is {}. Pass the URL of your backend, or an object with the function pre/,
  ],
  [{ invalidateQueries: 'photos' }, /invalidateQueries is wrong. It is "photos". Pass a list of query keys/],
])('%j is an error with a sentence', (options, sentence) => {
  expect(() => checkOptions(options)).toThrow(sentence)
  expect(() => checkOptions(options)).toThrow(TypeError)
})

test('text in place of options suggests the route', () => {
  const text = 'photos' as unknown as object // as JavaScript allows
  expect(() => checkOptions(text)).toThrow('are "photos". Pass an object: { route: "photos" }.')
})

test.each([
  {},
  { accept: '', maxSize: Infinity, minSize: 0, maxFiles: 0, concurrency: 0, retry: { retries: 0 } },
  {
    accept: ['image/*', '.pdf'],
    maxSize: '5MB',
    minSize: '1kB',
    maxFiles: Infinity,
    route: 'photos',
    id: 'a',
  },
  { accept: undefined, maxSize: null, onDone: undefined, meta: () => ({}), retry: { finishing: {} } },
  { endpoints: '/api/uploads', label: 'Photos', value: 5 },
])('%j is valid', (options) => {
  expect(() => checkOptions(options)).not.toThrow()
})

test.each([
  [
    undefined,
    {},
    /UploadProvider needs `endpoints`. It is undefined. Pass the URL .* environment variable set/,
  ],
  ['', {}, /UploadProvider needs `endpoints`. It is "". Pass the URL/],
  [
    { sign: () => {} },
    {},
    /UploadProvider needs `endpoints`. It is {}. Pass the URL of your backend, or an object/,
  ],
  ['/api', { maxSize: 'huge' }, /The upload option maxSize is wrong. "huge" is not a size/],
])('endpoints %j and defaults %j are an error with a sentence', (endpoints, defaults, sentence) => {
  expect(() => checkProvider(endpoints, 6, defaults)).toThrow(sentence)
})

test('a pool without connections is an error with a sentence', () => {
  expect(() => checkProvider('/api', 0, {})).toThrow(
    'connections is wrong. It is 0. Pass a whole number from 1.',
  )
})

test('an uploader checks its options when it is created, and not in production', () => {
  const options = { maxSize: 'huge' }
  const ports = {} as UploadPorts<unknown> // it uses none before the first file
  expect(() => createUploader(ports, options)).toThrow('The upload option maxSize is wrong.')
  vi.stubEnv('NODE_ENV', 'production')
  expect(() => createUploader(ports, options)).not.toThrow()
  vi.unstubAllEnvs()
})
