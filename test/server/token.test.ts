import { expect, test } from 'vitest'
import { createTokens } from '../../src/server/token.ts'
import type { Claims } from '../../src/server/token.ts'
import { secret } from './bed.ts'

const claims: Claims = {
  id: 'u1',
  route: 'photos',
  user: 'anna',
  key: 'uploads/anna/cat.png',
  to: 'files/u1/cat.png',
  name: '고양이 😺.png',
  size: 10,
  type: 'image/png',
  meta: { album: 7 },
  kind: 'put',
  exp: 1000,
}
const tokens = createTokens(secret, () => 999)

test('a token says again what was put in, in any script', async () => {
  expect(await tokens.read(await tokens.issue(claims), 'finishing')).toEqual(claims)
})

test('a token of which any character was changed is refused', async () => {
  const token = await tokens.issue(claims)
  for (let at = 0; at < token.length; at += 7) {
    // The last character of base64url carries bits that mean nothing; the one before it does not.
    if (at === token.length - 1) continue
    const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1)
    await expect(tokens.read(changed, 'finishing')).rejects.toMatchObject({ code: 'forbidden' })
  }
})

test.each([
  '',
  '.',
  'a.b',
  'a.b.c',
  'é.é',
  '..',
  'x'.repeat(20_000),
  `${'a'.repeat(9000)}.${'b'.repeat(9000)}`,
])('what is no token is refused: %#', async (text) => {
  await expect(tokens.read(text, 'finishing')).rejects.toMatchObject({
    code: 'forbidden',
    phase: 'finishing',
  })
})

test('claims with the signature of others are refused', async () => {
  const mine = await tokens.issue(claims)
  const other = await tokens.issue({ ...claims, key: 'uploads/ben/dog.png' })
  const swapped = `${other.split('.')[0]}.${mine.split('.')[1]}`
  await expect(tokens.read(swapped, 'finishing')).rejects.toMatchObject({ code: 'forbidden' })
})

test('a token of another secret is refused', async () => {
  const theirs = createTokens('another secret that is long enough too', () => 0)
  await expect(tokens.read(await theirs.issue(claims), 'finishing')).rejects.toMatchObject({
    code: 'forbidden',
  })
})

test('a token ends at the millisecond that it names', async () => {
  const token = await tokens.issue(claims)
  const late = createTokens(secret, () => 1000)
  await expect(late.read(token, 'finishing')).rejects.toMatchObject({ code: 'expired' })
})

test('a short secret is a TypeError that says how to make one', () => {
  expect(() => createTokens('short', Date.now)).toThrow(/at least 32 characters.*openssl rand/)
})
