import { expect, test } from 'vitest'
import { english, korean, UploadError } from 'putaway'
import type { Messages } from 'putaway'
import { uploadErrorCodes } from '../../src/protocol/errors.ts'
import { numbersOf } from '../../src/components/numbers.ts'
import { errorText } from '../../src/components/texts.tsx'

const names = Object.keys(english) as (keyof Messages)[]
const hangul = /[가-힣]/

test('Korean translates every text', () => {
  expect(Object.keys(korean).toSorted()).toEqual(names.toSorted())
  const numbers = numbersOf('ko')
  for (const name of names) {
    const [ours, theirs] = [english[name], korean[name]]
    expect(typeof theirs, name).toBe(typeof ours)
    if (name === 'locale' || name === 'errors') continue
    // Every text function returns a text for any arguments.
    const said =
      typeof theirs === 'function'
        ? (theirs as (...given: unknown[]) => string)(
            ...Array.from({ length: theirs.length - (/number/.test(String(theirs)) ? 1 : 0) }, () => 2),
            numbers,
          )
        : theirs
    expect(said, name).toMatch(hangul)
  }
})

test.each(uploadErrorCodes)('Korean has an error text for %s', (code) => {
  const texts = { messages: korean, numbers: numbersOf('ko'), dir: undefined }
  const error = new UploadError(code, { phase: 'choosing' })
  expect(errorText(error, texts, {})).toMatch(hangul)
  expect(errorText(error, texts, { maxSize: '10MB', minSize: 1000, maxFiles: 3 })).toMatch(hangul)
})

test('a limit is formatted in the number format of the language', () => {
  const texts = { messages: korean, numbers: numbersOf('ko'), dir: undefined }
  const error = new UploadError('too-large', { phase: 'choosing', text: 'Larger than 10 MB.' })
  expect(errorText(error, texts, { maxSize: '10MB' })).toBe('10MB보다 큰 파일입니다.')
})

test('the accepted types are named in the language', () => {
  const texts = { messages: korean, numbers: numbersOf('ko'), dir: undefined }
  const error = new UploadError('wrong-type', { phase: 'choosing' })
  expect(errorText(error, texts, { accept: 'image/jpeg,.pdf' })).toBe(
    'JPEG 또는 PDF 파일만 추가할 수 있습니다.',
  )
  const text = `${error.text} It is WEBP. Use JPEG.`
  const late = new UploadError('wrong-type', { phase: 'finishing', text })
  expect(errorText(late, texts)).toBe('허용되지 않는 파일 형식입니다.')
})

test('the text that a backend sends is not replaced', () => {
  const texts = { messages: korean, numbers: numbersOf('ko'), dir: undefined }
  const error = new UploadError('rejected', { phase: 'finishing', text: '얼굴이 보이지 않습니다.' })
  expect(errorText(error, texts)).toBe('얼굴이 보이지 않습니다.')
  expect(errorText(new UploadError('rejected', { phase: 'finishing' }), texts)).toBe('거부된 파일입니다.')
})

test('an error text can be replaced by its code', () => {
  const messages = { ...english, errors: { forbidden: 'Ask your admin.' } }
  const texts = { messages, numbers: numbersOf('en'), dir: undefined }
  expect(errorText(new UploadError('forbidden', { phase: 'starting' }), texts)).toBe('Ask your admin.')
  expect(errorText(new UploadError('empty', { phase: 'choosing' }), texts)).toBe('This file is empty.')
})

test.each([
  [0.4, '1 sec'],
  [59, '59 sec'],
  [60, '1 min'],
  [61, '2 min'],
  [7300, '3 hr'],
])('formats %d seconds as %s', (seconds, text) => {
  expect(numbersOf('en').duration(seconds).replace('secs', 'sec').replace('mins', 'min')).toBe(text)
})
