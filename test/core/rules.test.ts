import { expect, test, vi } from 'vitest'
import { refusal } from '../../src/core/rules.ts'
import { fakeFile } from '../../src/testing/fake-file.ts'

test.each([
  ['a wrong type', fakeFile('a.pdf'), { accept: 'image/*' }, 'wrong-type'],
  ['an empty file', fakeFile('a.png', { size: 0 }), {}, 'empty'],
  ['a file under the limit', fakeFile('a.png', { size: 5 }), { minSize: '1kB' }, 'too-small'],
  ['a file one byte over the limit', fakeFile('a.png', { size: 5_000_001 }), { maxSize: '5MB' }, 'too-large'],
])('%s is refused', (_what, file, rules, code) => {
  expect(refusal(file, rules)).toMatchObject({ code, phase: 'choosing' })
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
])('%s is taken', (_what, file, rules) => {
  expect(refusal(file, rules)).toBeUndefined()
})

test('a full list says how many it holds', () => {
  expect(refusal(fakeFile('a.png'), { maxFiles: 3 }, 0)).toMatchObject({
    code: 'too-many',
    text: 'Only 3 files.',
  })
})

test('a limit that is no size is an error at once, and says what to write', () => {
  expect(() => refusal(fakeFile('a.png'), { maxSize: '5 apples' })).toThrow(
    "Pass bytes as a number, or a string like '5MB'",
  )
})

test('a file of a wrong type is told which types are taken', () => {
  expect(refusal(fakeFile('a.txt'), { accept: 'image/jpeg, .png, application/pdf' })?.text).toBe(
    'This type of file is not accepted. Use JPEG, PNG or PDF.',
  )
})

test('an accept that matches no file is told to developers, once', () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  for (const name of ['a.jpg', 'b.jpg']) {
    expect(refusal(fakeFile(name), { accept: 'jpg,png' })).toMatchObject({ code: 'wrong-type' })
  }
  expect(warn.mock.calls).toEqual([
    [
      'putaway: accept has "jpg", which matches no file. Write an extension with its dot (".png"), a MIME type ' +
        '("image/png") or a wildcard ("image/*").',
    ],
  ])
  warn.mockRestore()
})
