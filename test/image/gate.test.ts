import { expect, test } from 'vitest'
import { acquirePixels, createGate } from '../../src/image/gate.ts'

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

test('work starts in the order of the calls', async () => {
  const acquire = createGate(10)
  const order: string[] = []
  const release = await acquire(10, signal)
  const first = acquire(10, signal).then((done) => (order.push('first'), done()))
  release()
  const late = acquire(1, signal).then((done) => (order.push('late'), done()))
  await Promise.all([first, late])
  expect(order).toEqual(['first', 'late'])
})

test('a cancel of waiting work rejects at once, and lets the work behind it start', async () => {
  const acquire = createGate(10)
  const release = await acquire(5, signal)
  const controller = new AbortController()
  const large = acquire(10, controller.signal)
  const small = acquire(5, signal)
  controller.abort(new Error('stop'))
  await expect(large).rejects.toThrow('stop')
  ;(await small)()
  await expect(acquire(10, AbortSignal.abort(new Error('before')))).rejects.toThrow('before')
  release()
})

test('a cancel between the grant and the start gives the room back', async () => {
  const acquire = createGate(10)
  const release = await acquire(10, signal)
  const controller = new AbortController()
  const waiting = acquire(10, controller.signal)
  release()
  controller.abort(new Error('stop'))
  await expect(waiting).rejects.toThrow('stop')
  ;(await acquire(10, signal))()
})
