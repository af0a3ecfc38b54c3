import { expect, test } from 'vitest'
import { UploadError } from 'putaway'
import { en, ko } from 'putaway/locales'
import type { Messages, UploadErrorCode } from 'putaway'
import type { ErrorDetails } from '../../src/protocol/error-text.ts'
import { uploadErrorCodes } from '../../src/protocol/errors.ts'
import { numberFormattersOf } from '../../src/i18n/number-format.ts'
import { errorText } from '../../src/i18n/texts.tsx'

const names = Object.keys(en) as (keyof Messages)[]
const hangul = /[가-힣]/

test('Korean translates every text', () => {
  expect(Object.keys(ko).toSorted()).toEqual(names.toSorted())
  const formatters = numberFormattersOf('ko')
  for (const name of names) {
    const [ours, theirs] = [en[name], ko[name]]
    expect(typeof theirs, name).toBe(typeof ours)
    if (name === 'locale' || name === 'errors') continue
    if (name === 'shortReasons') {
      expect(Object.keys(ko[name])).toEqual(Object.keys(en[name]))
      continue
    }
    // Every text function returns a text for any arguments.
    const said =
      typeof theirs === 'function'
        ? (theirs as (...given: unknown[]) => string)(
            ...Array.from({ length: theirs.length - (/number/.test(String(theirs)) ? 1 : 0) }, () => 2),
            formatters,
          )
        : theirs
    expect(said, name).toMatch(hangul)
  }
})

test.each(uploadErrorCodes)('Korean has an error text for %s', (code) => {
  const texts = { messages: ko, formatters: numberFormattersOf('ko'), dir: undefined }
  const error = new UploadError(code, { phase: 'choosing' })
  expect(errorText(error, texts)).toMatch(hangul)
  const details = { maxSize: 10_000_000, minSize: 1000, maxFiles: 3, width: 10, height: 20, minWidth: 30 }
  expect(errorText(new UploadError(code, { phase: 'finishing', details }), texts)).toMatch(hangul)
})

test('Korean speaks in one tone, as product writers do', () => {
  const formatters = numberFormattersOf('ko')
  const texts = { messages: ko, formatters, dir: undefined }
  const errorOf = (code: UploadErrorCode, details?: ErrorDetails) =>
    errorText(new UploadError(code, { phase: 'choosing', ...(details && { details }) }), texts)
  expect([
    errorOf('wrong-type'),
    errorOf('too-large', { maxSize: 10_000_000 }),
    errorOf('rejected'),
    errorOf('throttled'),
    errorOf('unavailable'),
    errorOf('offline'),
    ko.offline,
    ko.finishing,
    ko.starting,
    ko.speed('1.2MB'),
    ko.underway('25%'),
    ko.started(3, 'a.png', formatters),
    ko.rejections,
    ko.move,
    ko.moveHint,
    ko.cancelOf('a.png'),
    ko.dismissOf('a.png'),
    ko.missing(1, formatters),
    ko.stopped,
    ko.expand,
    ko.collapse,
  ]).toEqual([
    '지원하지 않는 파일 형식입니다.',
    '10MB 이하 파일만 올릴 수 있습니다.',
    '업로드할 수 없는 파일입니다.',
    '요청이 많습니다. 잠시 후 다시 시도해 주세요.',
    '일시적인 오류입니다. 잠시 후 다시 시도해 주세요.',
    '인터넷 연결을 확인해 주세요.',
    '네트워크 연결 대기 중',
    '마무리 중',
    '시작 중',
    '1.2MB/\u2060초',
    '25% 업로드됨.',
    '파일 3개를 업로드합니다.',
    '추가하지 못한 파일',
    '순서 변경',
    '화살표 키로 순서를 바꿀 수 있습니다',
    'a.png 업로드 취소',
    'a.png 알림 닫기',
    '이미지를 추가해 주세요.',
    '실패한 파일을 다시 시도하거나 삭제한 뒤 다시 제출해 주세요.',
    '업로드 목록 펼치기',
    '업로드 목록 접기',
  ])
  expect(
    JSON.stringify(ko, (_, value: unknown) => (typeof value === 'function' ? String(value) : value)),
  ).not.toMatch(/하세요|[가-힣]는 중/)
})

test('a limit is formatted in the number format of the language', () => {
  const texts = { messages: ko, formatters: numberFormattersOf('ko'), dir: undefined }
  const error = new UploadError('too-large', { phase: 'choosing', details: { maxSize: 10_000_000 } })
  expect(error.text).toBe('Larger than 10 MB.')
  expect(errorText(error, texts)).toBe('10MB 이하 파일만 올릴 수 있습니다.')
})

test('the accepted types are named in the language', () => {
  const texts = { messages: ko, formatters: numberFormattersOf('ko'), dir: undefined }
  const details = { accept: 'image/jpeg,.pdf' }
  const early = new UploadError('wrong-type', { phase: 'choosing', details })
  expect(errorText(early, texts)).toBe('JPEG 또는 PDF 파일만 올릴 수 있습니다.')
  const late = new UploadError('wrong-type', {
    phase: 'finishing',
    details: { ...details, foundType: 'image/webp' },
  })
  expect(late.text).toBe('This type of file is not accepted. It is WEBP. Use JPEG or PDF.')
  expect(errorText(late, texts)).toBe('WEBP 형식의 파일입니다. JPEG 또는 PDF 파일만 올릴 수 있습니다.')
})

test.each<[ErrorDetails, inEnglish: string, inKorean: string]>([
  [
    { minWidth: 200, minHeight: 100 },
    'This image is 80 × 60 pixels. It must be at least 200 × 100 pixels.',
    '이미지가 80 × 60픽셀입니다. 가로 200픽셀 이상, 세로 100픽셀 이상이어야 합니다.',
  ],
  [
    { maxHeight: 50 },
    'This image is 80 × 60 pixels. It must be at most 50 pixels high.',
    '이미지가 80 × 60픽셀입니다. 세로 50픽셀 이하여야 합니다.',
  ],
  [
    { maxPixels: 4000 },
    'This image is 80 × 60 pixels. It must be at most 4000 pixels in all.',
    '이미지가 80 × 60픽셀입니다. 전체 4,000픽셀 이하여야 합니다.',
  ],
])('the size of an image is refused in the language of the page: %j', (limits, inEnglish, inKorean) => {
  const texts = { messages: ko, formatters: numberFormattersOf('ko'), dir: undefined }
  const details = { width: 80, height: 60, ...limits }
  const error = new UploadError('wrong-dimensions', { phase: 'finishing', details })
  expect(error.text).toBe(inEnglish)
  expect(errorText(error, texts)).toBe(inKorean)
})

test('the text that a backend sends is not replaced', () => {
  const texts = { messages: ko, formatters: numberFormattersOf('ko'), dir: undefined }
  const error = new UploadError('rejected', { phase: 'finishing', text: '얼굴이 보이지 않습니다.' })
  expect(errorText(error, texts)).toBe('얼굴이 보이지 않습니다.')
  expect(errorText(new UploadError('rejected', { phase: 'finishing' }), texts)).toBe(
    '업로드할 수 없는 파일입니다.',
  )
})

test('an error text can be replaced by its code', () => {
  const messages = { ...en, errors: { forbidden: 'Ask your admin.' } }
  const texts = { messages, formatters: numberFormattersOf('en'), dir: undefined }
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
  expect(numberFormattersOf('en').duration(seconds).replace('secs', 'sec').replace('mins', 'min')).toBe(text)
})
