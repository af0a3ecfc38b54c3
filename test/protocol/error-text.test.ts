import { expect, test } from 'vitest'
import { UploadError } from '../../src/protocol/errors.ts'
import { errorArgumentsOf, parseErrorAnswer, readDetails } from '../../src/protocol/error-answer.ts'
import { parseError } from '../../src/protocol/parse.ts'
import { toWireError } from '../../src/server/error-response.ts'

const details = { width: 80, height: 60, minWidth: 200 }

test('the numbers of a refusal travel, and the sentence is made where it is shown', () => {
  const sent = toWireError(new UploadError('wrong-dimensions', { phase: 'finishing', details }))
  expect(sent).not.toHaveProperty('text')
  const entry = parseError(JSON.parse(JSON.stringify(sent)), 'finishing')
  const whole = new UploadError(
    ...errorArgumentsOf(parseErrorAnswer(400, undefined, JSON.stringify({ error: sent }))),
  )
  for (const received of [entry, whole]) {
    expect(received).toMatchObject({ code: 'wrong-dimensions', details })
    expect(received.text).toBe('This image is 80 × 60 pixels. It must be at least 200 pixels wide.')
  }
})

test("an app's own text travels beside the numbers", () => {
  const sent = toWireError(
    new UploadError('wrong-dimensions', { phase: 'finishing', text: 'Zu klein.', details }),
  )
  expect(sent).toMatchObject({ text: 'Zu klein.', details })
  expect(parseError(sent, 'finishing').text).toBe('Zu klein.')
})

test.each<[unknown, object | undefined]>([
  [undefined, undefined],
  [null, undefined],
  ['width', undefined],
  [[1, 2], undefined],
  [{}, undefined],
  [{ width: '80', accept: 3, message: 'x' }, undefined],
  [JSON.parse('{ "__proto__": 1, "constructor": "x", "width": 80 }'), { width: 80 }],
])('of the details %j only the known fields are read', (value, read) => {
  expect(readDetails(value)).toEqual(read)
})
