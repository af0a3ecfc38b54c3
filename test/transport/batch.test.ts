import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { UploadError } from '../../src/protocol/errors.ts'
import { createBatcher } from '../../src/transport/http/batch.ts'

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => vi.useRealTimers())

/** Resolves when the calls of one tick have been sent. They wait for no timer, which a hidden page would delay. */
const nextTurn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))

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
  await nextTurn()
  expect(sent).toEqual([[1, 2, 3], [4]])
  answer()
  answer()
  expect(await all).toEqual(['1!', '2!', '3!', '4!'])
})

test('sends a lone call at once, gathers the next ones, and sends a full batch without delay', async () => {
  const { sent, ask, answer } = setUp(50)
  void ask(1)
  await nextTurn()
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
  await nextTurn()
  void ask(7)
  await nextTurn()
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
  await nextTurn()
  expect(sent).toEqual([
    [1, 2],
    [3, 4],
  ])
})

test('gathers calls after a batch that became full before its turn', async () => {
  const { sent, ask } = setUp(50)
  void ask(1, false)
  for (const input of [2, 3, 4]) void ask(input, true)
  await nextTurn()
  expect(sent).toEqual([[1, 2, 3]])
  void ask(5, true)
  await vi.advanceTimersByTimeAsync(50)
  expect(sent).toEqual([
    [1, 2, 3],
    [4, 5],
  ])
})

test('sends smaller batches as soon as the backend says that it accepts fewer files', async () => {
  const sent: number[][] = []
  const ask = createBatcher<number, string>({ maxCalls: 50 }, async (inputs) => {
    sent.push([...inputs])
    if (inputs.length > 2)
      throw new UploadError('rejected', { phase: 'finishing', details: { filesPerRequest: 2 } })
    return (input) => `${input}!`
  })
  expect(await settleAll([1, 2, 3, 4, 5].map((input) => ask(input)))).toEqual(['1!', '2!', '3!', '4!', '5!'])
  expect(sent).toEqual([[1, 2, 3, 4, 5], [1, 2], [3, 4], [5]])
  sent.length = 0
  expect(await settleAll([6, 7, 8].map((input) => ask(input)))).toEqual(['6!', '7!', '8!'])
  expect(sent).toEqual([[6, 7], [8]])
})

test.each([0, -1, NaN, 0.5, 3, 1e9])(
  'a limit of %d files does not send the calls again',
  async (filesPerRequest) => {
    const sent: number[][] = []
    const ask = createBatcher<number, string>({ maxCalls: 50 }, async (inputs) => {
      sent.push([...inputs])
      throw new UploadError('rejected', { phase: 'finishing', details: { filesPerRequest } })
    })
    const all = Promise.allSettled([1, 2, 3].map((input) => ask(input)))
    await nextTurn()
    expect((await all).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(sent).toEqual([[1, 2, 3]])
  },
)

test.each([undefined, null, 'text'])('a batch that fails with %j fails its calls', async (thrown) => {
  const ask = createBatcher<number, string>({ maxCalls: 50 }, () => Promise.reject(thrown))
  const failed = expect(ask(1)).rejects.toBe(thrown)
  await nextTurn()
  await failed
})

/** Resolves calls that were made in one tick. */
async function settleAll(calls: readonly Promise<string>[]): Promise<string[]> {
  const all = Promise.all(calls)
  await nextTurn()
  return all
}

test('one invalid call fails alone', async () => {
  const { ask, answer } = setUp(0)
  const all = Promise.allSettled([1, -1, 2].map((input) => ask(input)))
  await nextTurn()
  answer()
  expect((await all).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
})
