import { expect, test } from 'vitest'
import { acquirePixels } from '../../src/image/gate.ts'

const { signal } = new AbortController()
const photo = 12_192_768 // 4032 x 3024

/** Asks for pixels, and records when they are granted. */
function ask(granted: string[], name: string, pixels: number) {
  return acquirePixels(pixels, signal).then((release) => {
    granted.push(name)
    return release
  })
}

test('two photos of 12 megapixels are decoded at once, and the third one waits', async () => {
  const granted: string[] = []
  const [first, second, third] = ['first', 'second', 'third'].map((name) => ask(granted, name, photo))
  const [releaseFirst, releaseSecond] = await Promise.all([first, second])
  expect(granted).toEqual(['first', 'second'])
  releaseFirst?.()
  const releaseThird = await third
  expect(granted).toEqual(['first', 'second', 'third'])
  releaseSecond?.()
  releaseThird?.()
})

test('a picture above the limit is decoded alone', async () => {
  const granted: string[] = []
  const releasePhoto = await ask(granted, 'photo', photo)
  const large = ask(granted, 'large', 100_000_000)
  await Promise.resolve()
  expect(granted).toEqual(['photo'])
  releasePhoto()
  const releaseLarge = await large
  const next = ask(granted, 'next', 1)
  await Promise.resolve()
  expect(granted).toEqual(['photo', 'large'])
  releaseLarge()
  ;(await next)()
})
