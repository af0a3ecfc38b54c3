import { expect, test, vi } from 'vitest'
import { UploadError } from '../../src/protocol/errors.ts'
import { files, settlePromises, startEngine } from '../harness/engine.ts'

type OnRemove = NonNullable<NonNullable<Parameters<typeof startEngine>[0]>['options']>['onRemove']

async function startDone(onRemove: OnRemove) {
  const engine = startEngine({ options: { onRemove } })
  const [item] = engine.uploader.add(files('a', 'b'))
  await engine.uploader.settled()
  return { ...engine, item: item ?? '' }
}

test.each([
  ['nothing', async () => {}, true],
  ['true', () => true, true],
  ['false', async () => false, false],
])('onRemove that answers %s decides whether a done item is removed', async (_what, onRemove, isRemoved) => {
  const asked = vi.fn(onRemove)
  const { uploader, statuses, item } = await startDone(asked)
  expect(await uploader.requestRemove(item)).toBe(isRemoved)
  expect(statuses()).toHaveLength(isRemoved ? 1 : 2)
  expect(asked.mock.calls).toMatchObject([[{ status: 'done', file: { name: 'a' }, result: { name: 'a' } }]])
  expect(uploader.store.getState().items[0]).toMatchObject({ removing: false })
})

test('an item whose removal fails stays with the error, and a second request may succeed', async () => {
  const onRemove = vi.fn(() => Promise.reject(new Response('', { status: 503 }) as unknown as Error))
  const { uploader, item } = await startDone(onRemove)
  expect(await uploader.requestRemove(item)).toBe(false)
  expect(uploader.store.getState().items[0]).toMatchObject({
    status: 'done',
    removing: false,
    removeError: { code: 'unavailable' },
  })
  onRemove.mockResolvedValue(undefined as never)
  const second = uploader.requestRemove(item)
  expect(await second).toBe(true)
  expect(uploader.store.getState().items).toHaveLength(1)
})

test('an onRemove that throws at once keeps the item', async () => {
  const { uploader, item } = await startDone(() => {
    throw new UploadError('forbidden', { phase: 'finishing', text: 'Ask the owner.' })
  })
  expect(await uploader.requestRemove(item)).toBe(false)
  expect(uploader.store.getState().items[0]).toMatchObject({ removeError: { text: 'Ask the owner.' } })
})

test('one that never answers is asked once, and blocks no other action', async () => {
  const onRemove = vi.fn(({ file }: { readonly file: File }) =>
    file.name === 'a' ? new Promise<never>(() => {}) : undefined,
  )
  const { uploader, statuses, item } = await startDone(onRemove)
  void uploader.requestRemove(item)
  await settlePromises()
  expect(await uploader.requestRemove(item)).toBe(false)
  expect(onRemove).toHaveBeenCalledOnce()
  expect(uploader.store.getState().items[0]).toMatchObject({ status: 'done', removing: true })
  expect(await uploader.requestRemove(uploader.store.getState().items[1] ?? '')).toBe(true)
  uploader.add(files('c'))
  await uploader.settled()
  expect(statuses()).toEqual(['done', 'done'])
  uploader.remove(item)
  expect(statuses()).toEqual(['done'])
})

test('an upload goes on while onRemove thinks, and a late answer about a removed item does nothing', async () => {
  let answer: (isAgreed: boolean) => void = () => {}
  const onRemove = () => new Promise<boolean>((resolve) => (answer = resolve))
  const { fake, uploader, statuses } = startEngine({ options: { onRemove }, fakes: { speed: 0 } })
  const [item] = uploader.add(files('a'))
  await fake.for('a').presign()
  const asked = uploader.requestRemove(item ?? '')
  await fake.for('a').store()
  await fake.for('a').confirm()
  await settlePromises()
  expect(statuses()).toEqual(['done'])
  uploader.clear()
  answer(true)
  expect(await asked).toBe(false)
})

test('remove, clear, a replacement and a list without onRemove ask nothing', async () => {
  const onRemove = vi.fn(() => false)
  const { uploader, statuses, item } = await startDone(onRemove)
  uploader.remove(item)
  expect(statuses()).toEqual(['done'])
  uploader.clear()
  const plain = startEngine({ options: { start: 'manual' } })
  const [first] = plain.uploader.add(files('a'))
  void plain.uploader.requestRemove(first ?? '')
  expect(plain.statuses()).toEqual([])
  expect(onRemove).not.toHaveBeenCalled()
})
