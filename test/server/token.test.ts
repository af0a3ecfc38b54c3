import { expect, test } from 'vitest'
import { createUploadTokenSigner } from '../../src/server/tokens/token-signers.ts'
import type { UploadClaims } from '../../src/server/tokens/token-signers.ts'
import { secret } from '../harness/s3-fixture.ts'

const claims: UploadClaims = {
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
const tokens = createUploadTokenSigner(secret, () => 999)

test('a token decodes to its claims, in any script', async () => {
  expect(await tokens.read(await tokens.issue(claims), 'finishing')).toEqual(claims)
})

test('a token with any changed character is rejected', async () => {
  const token = await tokens.issue(claims)
  for (let at = 0; at < token.length; at += 7) {
    // The last character of base64url has unused bits; the one before it has none.
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
])('malformed token %# is rejected', async (text) => {
  await expect(tokens.read(text, 'finishing')).rejects.toMatchObject({
    code: 'forbidden',
    phase: 'finishing',
  })
})

test('claims with the signature of another token are rejected', async () => {
  const ownToken = await tokens.issue(claims)
  const other = await tokens.issue({ ...claims, key: 'uploads/ben/dog.png' })
  const swapped = `${other.split('.')[0]}.${ownToken.split('.')[1]}`
  await expect(tokens.read(swapped, 'finishing')).rejects.toMatchObject({ code: 'forbidden' })
})

test('a token signed with another secret is rejected', async () => {
  const otherTokens = createUploadTokenSigner('another secret that is long enough too', () => 0)
  await expect(tokens.read(await otherTokens.issue(claims), 'finishing')).rejects.toMatchObject({
    code: 'forbidden',
  })
})

test('a token expires at its exact millisecond', async () => {
  const token = await tokens.issue(claims)
  const late = createUploadTokenSigner(secret, () => 1000)
  await expect(late.read(token, 'finishing')).rejects.toMatchObject({ code: 'expired' })
})

test.each<[string, unknown]>([
  ['a short secret', 'short'],
  ['no secret', undefined],
  ['an empty list', []],
  ['a list that begins with a short one', ['short', secret]],
  ['a list with a short one', [secret, 'short']],
  ['a list with an undefined secret', [secret, undefined]],
  ['a nested list', [[secret]]],
])('%s throws a TypeError that explains how to create a secret', (_what, wrong) => {
  // JavaScript callers can pass any value.
  expect(() => createUploadTokenSigner(wrong as string, Date.now)).toThrow(
    /at least 32 characters.*openssl rand/,
  )
})

test('a token is accepted by every secret of a list and by no other', async () => {
  const other = 'another secret that is long enough too'
  const token = await tokens.issue(claims)
  const rotated = createUploadTokenSigner([other, secret], () => 999)
  expect(await rotated.read(token, 'finishing')).toEqual(claims)
  const newer = await rotated.issue(claims)
  expect(await createUploadTokenSigner(other, () => 999).read(newer, 'finishing')).toEqual(claims)
  await expect(tokens.read(newer, 'finishing')).rejects.toMatchObject({ code: 'forbidden' })
})

test.each([
  ['a', 'b'],
  ['', 'a'],
  ['a', 'a"'],
  ['["a","b"]', '["a"]'],
])('a token of scope %s is rejected in scope %s', async (one, other) => {
  const inScope = (scope: string) =>
    createUploadTokenSigner(
      secret,
      () => 999,
      () => scope,
    )
  const token = await inScope(one).issue(claims)
  expect(await inScope(one).read(token, 'finishing')).toEqual(claims)
  await expect(inScope(other).read(token, 'finishing')).rejects.toMatchObject({ code: 'forbidden' })
})
