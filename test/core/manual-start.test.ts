import { describe, expect, test, vi } from 'vitest'
import { fakeFile } from '../../src/testing/fake-file.ts'
import { files, settlePromises, startEngine } from '../harness/engine.ts'

const manual = { start: 'manual' } as const

describe("with start: 'manual'", () => {
  test('files are held, make no request, and have a preview and a size', async () => {
    let preloads = 0
    const { fake, uploader, statuses } = startEngine({
      options: manual,
      endpoints: { preload: () => void (preloads += 1) },
    })
    uploader.preload()
    const [item] = uploader.add(files('a', 'b'))
    await settlePromises()
    expect(statuses()).toEqual(['idle held', 'idle held'])
    expect(item).toMatchObject({ status: 'idle', held: true, canceled: false, file: { name: 'a' } })
    expect(fake.calls).toEqual([])
    expect(preloads).toBe(0)
    expect(await uploader.settled()).toHaveLength(2)
  })

  test('start begins one file, or all', async () => {
    const { fake, uploader, statuses } = startEngine({ options: manual })
    const [, second] = uploader.add(files('a', 'b', 'c'))
    uploader.start(second)
    await uploader.settled()
    expect(statuses()).toEqual(['idle held', 'done', 'idle held'])
    expect(fake.calls[0]).toBe('presign b')
    uploader.start()
    await uploader.settled()
    expect(statuses()).toEqual(['done', 'done', 'done'])
  })

  test('start leaves canceled and paused files alone, and ignores an unknown id', async () => {
    const { fake, uploader, statuses } = startEngine({ options: manual, fakes: { speed: 0 } })
    const [first, second] = uploader.add(files('a', 'b'))
    uploader.cancel(second)
    uploader.start(first)
    await fake.for('a').presign()
    await settlePromises()
    uploader.pause()
    expect(statuses()).toEqual(['uploading paused', 'idle canceled'])
    uploader.start()
    uploader.start(first)
    uploader.start('nobody')
    expect(statuses()).toEqual(['uploading paused', 'idle canceled'])
  })

  test('a retry of a canceled file starts it', async () => {
    const { uploader, statuses } = startEngine({ options: manual })
    const [item] = uploader.add(files('a'))
    uploader.cancel()
    uploader.retry(item)
    await uploader.settled()
    expect(statuses()).toEqual(['done'])
  })

  test('a held file that is removed makes no request', async () => {
    const { fake, uploader } = startEngine({ options: manual })
    const [item] = uploader.add(files('a'))
    uploader.remove(item ?? '')
    uploader.start()
    await settlePromises()
    expect(fake.calls).toEqual([])
  })

  test('the result of a held file comes after its start', async () => {
    const { uploader } = startEngine({ options: manual })
    const [item] = uploader.add(files('a'))
    const result = vi.fn()
    const done = uploader.resultOf(item ?? '').then(result)
    await settlePromises()
    expect(result).not.toHaveBeenCalled()
    uploader.start()
    await done
    expect(result).toHaveBeenCalledOnce()
  })

  test('a new file of a single upload replaces a held one', async () => {
    const { fake, uploader, statuses } = startEngine({ options: { ...manual, multiple: false } })
    uploader.add(files('a'))
    uploader.add(files('b'))
    expect(statuses()).toEqual(['idle held'])
    uploader.start()
    await uploader.settled()
    expect(fake.calls).toEqual(['presign b', 'send b', 'confirm b'])
  })

  test('the sizes of a large drop are read while its files are held', async () => {
    const { fake, uploader } = startEngine({ options: { ...manual, maxSize: 100 } })
    const drop = Array.from({ length: 60 }, (_, index) =>
      fakeFile(`${index}`, { size: index === 59 ? 200 : 10 }),
    )
    uploader.add(drop)
    await vi.waitFor(() =>
      expect(uploader.store.getState().rejections.map(({ error }) => error.code)).toEqual(['too-large']),
    )
    expect(fake.calls).toEqual([])
    expect(uploader.store.getState().items).toHaveLength(59)
  })
})

test("a change of start from 'manual' to 'auto' starts the next files, and held ones wait for start()", async () => {
  const { uploader, options, statuses } = startEngine({ options: manual })
  uploader.add(files('a', 'b'))
  Object.assign(options, { start: 'auto' })
  uploader.applyOptions()
  await settlePromises()
  expect(statuses()).toEqual(['idle held', 'idle held'])
  uploader.add(files('c'))
  await uploader.settled()
  expect(statuses()).toEqual(['idle held', 'idle held', 'done'])
  uploader.start()
  await uploader.settled()
  expect(statuses()).toEqual(['done', 'done', 'done'])
})

test("a change of start from 'auto' to 'manual' holds the next files only", async () => {
  const { uploader, options, statuses } = startEngine()
  uploader.add(files('a'))
  Object.assign(options, manual)
  uploader.applyOptions()
  uploader.add(files('b'))
  await uploader.settled()
  expect(statuses()).toEqual(['done', 'idle held'])
})

test('start also begins files that were paused before they began', async () => {
  const { uploader, statuses } = startEngine()
  uploader.add(files('a'))
  uploader.pause()
  expect(statuses()).toEqual(['idle held'])
  uploader.start()
  await uploader.settled()
  expect(statuses()).toEqual(['done'])
})
