import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createBatcher } from '../../src/transport/http/batch.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

/** A backend that answers when the test says so. */
function setUp(gather: number) {
  const sent: (readonly number[])[] = []
  const answers: (() => void)[] = []
  const ask = createBatcher<number, string>({ maxCalls: 3, gatherMs: gather }, async (inputs) => {
    sent.push(inputs)
    await new Promise<void>((resolve) => answers.push(resolve))
    return (input) => {
      if (input < 0) throw new Error('negative')
      return `${input}!`
    }
  })
  return { sent, ask, answer: () => answers.shift()?.() }
}

test('batches calls of one moment up to the maximum batch size', async () => {
  const { sent, ask, answer } = setUp(0)
  const all = Promise.all([1, 2, 3, 4].map((input) => ask(input)))
  await vi.advanceTimersByTimeAsync(0)
  expect(sent).toEqual([[1, 2, 3], [4]])
  answer()
  answer()
  expect(await all).toEqual(['1!', '2!', '3!', '4!'])
})

test('sends a lone call at once, gathers the next ones, and sends a full batch without delay', async () => {
  const { sent, ask, answer } = setUp(50)
  void ask(1)
  await vi.advanceTimersByTimeAsync(0)
  expect(sent).toEqual([[1]])

  void ask(2)
  await vi.advanceTimersByTimeAsync(49)
  void ask(3)
  expect(sent).toEqual([[1]])
  await vi.advanceTimersByTimeAsync(1)
  expect(sent).toEqual([[1], [2, 3]])

  for (const input of [4, 5, 6]) void ask(input)
  expect(sent).toEqual([[1], [2, 3], [4, 5, 6]])

  for (let count = 0; count < 3; count += 1) answer()
  await vi.advanceTimersByTimeAsync(0)
  void ask(7)
  await vi.advanceTimersByTimeAsync(0)
  expect(sent.at(-1)).toEqual([7])
})

test('waits for calls that are announced, and otherwise flushes the queued ones', async () => {
  const { sent, ask } = setUp(50)
  void ask(1, true)
  await vi.advanceTimersByTimeAsync(30)
  void ask(2, true)
  expect(sent).toEqual([])
  await vi.advanceTimersByTimeAsync(20)
  expect(sent).toEqual([[1, 2]])

  void ask(3, true)
  await vi.advanceTimersByTimeAsync(10)
  void ask(4, false)
  await vi.advanceTimersByTimeAsync(0)
  expect(sent).toEqual([
    [1, 2],
    [3, 4],
  ])
})

test('one invalid call fails alone', async () => {
  const { ask, answer } = setUp(0)
  const all = Promise.allSettled([1, -1, 2].map((input) => ask(input)))
  await vi.advanceTimersByTimeAsync(0)
  answer()
  expect((await all).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
})
