import { expect, test } from 'vitest'
import { checkFile } from '../../src/core/rules.ts'
import { fakeFile } from '../../src/testing/fake-file.ts'

test.each([
  ['a wrong type', fakeFile('a.pdf'), { accept: 'image/*' }, 'wrong-type'],
  ['an empty file', fakeFile('a.png', { size: 0 }), {}, 'empty'],
  ['a file under the limit', fakeFile('a.png', { size: 5 }), { minSize: '1kB' }, 'too-small'],
  ['a file one byte over the limit', fakeFile('a.png', { size: 5_000_001 }), { maxSize: '5MB' }, 'too-large'],
])('rejects %s', (_what, file, rules, code) => {
  expect(checkFile(file, rules)).toMatchObject({ code, phase: 'choosing' })
})

test.each([
  ['a file of exactly the limit', fakeFile('a.png', { size: 5_000_000 }), { maxSize: '5MB' }],
  ['a type by its extension', fakeFile('a.heic', { type: '' }), { accept: 'image/*' }],
  [
    'another name of a type',
    fakeFile('a.zip', { type: 'application/x-zip-compressed' }),
    { accept: 'application/zip' },
  ],
  ['an empty file where minSize is 0', fakeFile('a.png', { size: 0 }), { minSize: 0 }],
  ['anything without rules', fakeFile('a', { type: '' }), {}],
])('accepts %s', (_what, file, rules) => {
  expect(checkFile(file, rules)).toBeUndefined()
})

test.each([{}, { minSize: 0 }])('a file that has gone is unreadable, and never empty: %o', (rules) => {
  // As Chromium reports it, see test/e2e/status0.e2e.test.ts.
  const gone = fakeFile('a.png', { size: 0 })
  Object.defineProperty(gone, 'lastModified', { get: () => Date.now() })
  expect(checkFile(gone, rules)).toMatchObject({ code: 'unreadable', phase: 'choosing' })
})

test('the error of a full list names the limit', () => {
  expect(checkFile(fakeFile('a.png'), { maxFiles: 3 }, 0)).toMatchObject({
    code: 'too-many',
    text: 'Only 3 files.',
  })
})

test('an invalid size limit throws at once and names a valid form', () => {
  expect(() => checkFile(fakeFile('a.png'), { maxSize: '5 apples' })).toThrow(
    "Pass bytes as a number, or a string like '5MB'",
  )
})

test('the error of a wrong type names the accepted types', () => {
  expect(checkFile(fakeFile('a.txt'), { accept: 'image/jpeg, .png, application/pdf' })?.text).toBe(
    'This type of file is not accepted. Use JPEG, PNG or PDF.',
  )
})

test('an accept that matches no file is an error for developers', () => {
  expect(() => checkFile(fakeFile('a.jpg'), { accept: 'jpg,png' })).toThrow(
    'The upload option accept is wrong. accept has "jpg", which matches no file. Write an extension with its dot ' +
      '(".png"), a MIME type ("image/png") or a wildcard ("image/*").',
  )
})
