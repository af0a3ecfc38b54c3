import { describe, expect, test } from 'vitest'
import { readTicket } from '../../src/core/answers/read-ticket.ts'
import { lifetimeOf } from '../../src/protocol/signed-url.ts'
import type { Ticket } from '../../src/protocol/ticket.ts'

const now = Date.UTC(2026, 10, 21, 12)
const put = (query: string, more: Partial<Ticket> = {}) =>
  ({ kind: 'put', key: 'k', url: `https://s3.test/k?${query}`, ...more }) as Ticket // only the fields that put and post share
const post = (fields: Record<string, string>, more: Partial<Ticket> = {}) =>
  ({ kind: 'post', key: 'k', url: 'https://s3.test/', fields, ...more }) as Ticket // as above
const policy = (expiration: unknown) => btoa(JSON.stringify({ expiration, conditions: [] }))
const minute = 60_000
const in15 = '2026-11-21T12:15:00.000Z'

describe('expiry of a ticket', () => {
  test.each([
    ['SigV4', put('X-Amz-Date=20261121T120000Z&X-Amz-Expires=900'), 15],
    ['SigV4 with names in lower case', put('x-amz-date=20261121T120000Z&x-amz-expires=900'), 15],
    ['Google V4', put('X-Goog-Date=20261121T120000Z&X-Goog-Expires=900'), 15],
    ['SigV2', put(`AWSAccessKeyId=A&Signature=s&Expires=${now / 1000 + 900}`), 15],
    ['Google V2', put(`GoogleAccessId=A&Signature=s&Expires=${now / 1000 + 900}`), 15],
    ['Expires that is no part of a signature', put('Expires=1'), Infinity],
    ['a SigV2 end that is over at birth', put('Signature=s&Expires=1'), Infinity],
    ['a policy with its date', post({ policy: policy(in15), 'x-amz-date': '20261121T120500Z' }), 10],
    ['a policy without a date', post({ Policy: policy(in15) }), 15],
    ['a policy of Google', post({ policy: policy(in15), 'x-goog-date': '20261121T120500Z' }), 10],
    ['a policy that is none', post({ policy: '%%%' }), Infinity],
    ['a policy with an end that is no date', post({ policy: policy(5) }), Infinity],
    [
      'a token that ends before its URL',
      put('X-Amz-Date=20261121T120000Z&X-Amz-Expires=900', { expiresAt: now + 5 * minute }),
      5,
    ],
    [
      'a URL that ends before its token',
      put('X-Amz-Date=20261121T120000Z&X-Amz-Expires=300', { expiresAt: now + 15 * minute }),
      5,
    ],
    ['nothing that says so', put(''), Infinity],
  ])('reads the expiry of %s', (_name, ticket, minutes) => {
    expect(lifetimeOf(ticket, now)).toBe(minutes * minute)
  })

  test.each([-1, 1])(
    'the expiry of a URL signed with a date is independent of a clock that is %i day off',
    (days) => {
      const ticket = post({ policy: policy(in15), 'x-amz-date': '20261121T120000Z' })
      expect(lifetimeOf(ticket, now + days * 86_400_000)).toBe(15 * minute)
    },
  )
})

describe('a POST form', () => {
  const fields = { key: 'k', policy: policy(in15), success_action_status: '201' }
  const url = 'https://app.test/done'

  test.each([
    [
      'redirects',
      { ...fields, success_action_redirect: url },
      /"ticket.fields.success_action_redirect".*success_action_status: '201'/,
    ],
    [
      'redirects to a URL after a space',
      { ...fields, success_action_redirect: ` \n${url}` },
      /"ticket.fields.success_action_redirect".*success_action_status: '201'/,
    ],
    [
      'redirects by another spelling',
      { ...fields, Success_Action_Redirect: url },
      /success_action_status: '201'/,
    ],
    [
      'redirects by the older name',
      { ...fields, redirect: url },
      /"ticket.fields.redirect".*success_action_status: '201'/,
    ],
    ['has a text in the place of the file', { ...fields, file: 'x' }, /"ticket.fields.file"/],
    ['has a policy and no key', { policy: fields.policy }, /"ticket.fields.key"/],
  ])('rejects a form that %s at once and names the fix', (_name, given, message) => {
    const read = () => readTicket(post(given), now)
    expect(read).toThrow(message)
    expect(read).toThrow(expect.objectContaining({ code: 'invalid-answer', phase: 'starting' }))
    expect(read).not.toThrow(/app\.test/)
  })

  test.each([
    [
      'any status: storage answers 204 to one that it does not know',
      { ...fields, success_action_status: '999' },
    ],
    ['a redirect that storage ignores', { ...fields, success_action_redirect: '' }],
    ['no policy', {}],
  ])('accepts a form with %s', (_name, given) => {
    expect(readTicket(post(given), now).ticket).toMatchObject({ fields: given })
  })
})
