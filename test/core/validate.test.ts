import { describe, expect, test, vi } from 'vitest'
import { UploadError } from '../../src/protocol/errors.ts'
import { fakeFile } from '../../src/testing/fake-file.ts'
import { files, settlePromises, startEngine } from '../harness/engine.ts'
import type { Engine } from '../harness/engine.ts'

const rejectionsOf = ({ uploader }: Engine) =>
  uploader.store.getState().rejections.map(({ file, error }) => `${file.name} ${error.code}: ${error.text}`)

describe('validate', () => {
  test('a returned sentence refuses the file before anything is presigned, and is its text', async () => {
    const engine = startEngine({
      options: {
        validate: async ({ name }) => (name === 'b' ? 'This PDF has 12 pages, at most 10.' : undefined),
      },
    })
    engine.uploader.add(files('a', 'b'))
    await engine.uploader.settled()
    expect(engine.statuses()).toEqual(['done'])
    expect(rejectionsOf(engine)).toEqual(['b rejected: This PDF has 12 pages, at most 10.'])
    expect(engine.uploader.store.getState().rejections[0]?.error).toMatchObject({ phase: 'choosing' })
    expect(engine.fake.calls.filter((call) => call.endsWith(' b'))).toEqual([])
  })

  const tooSmall = new UploadError('wrong-dimensions', {
    phase: 'starting',
    details: { width: 8, height: 6, minWidth: 200 },
  })
  test.each([
    ['returned', () => tooSmall],
    [
      'thrown',
      () => {
        throw tooSmall
      },
    ],
  ])('an UploadError that is %s refuses the file with its code and details', async (_what, validate) => {
    const engine = startEngine({ options: { validate } })
    engine.uploader.add(files('a'))
    await engine.uploader.settled()
    expect(engine.statuses()).toEqual([])
    expect(rejectionsOf(engine)).toEqual([
      'a wrong-dimensions: This image is 8 × 6 pixels. It must be at least 200 pixels wide.',
    ])
  })

  test.each([
    [
      'throws an error',
      () => Promise.reject(new Error('No worker')),
      'validate threw. Unexpected error: No worker',
    ],
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- the bad input
    ['throws a text', () => Promise.reject('No worker'), 'validate threw. Unexpected error: No worker'],
    [
      'returns a boolean',
      () => false as unknown as string,
      'validate returned a value of the type boolean. Return a sentence to refuse a file, and nothing to accept it.',
    ],
    [
      'returns a bigint',
      () => 10n as unknown as string,
      'validate returned a value of the type bigint. Return a sentence to refuse a file, and nothing to accept it.',
    ],
    [
      'returns an object',
      () => ({ ok: true }) as unknown as string,
      'validate returned a value of the type object. Return a sentence to refuse a file, and nothing to accept it.',
    ],
    [
      'returns an empty text',
      () => ' ',
      'validate returned an empty text. Return a sentence to refuse a file, and nothing to accept it.',
    ],
  ])(
    'a validate that %s fails the item, which stays, and a retry asks again',
    async (_what, odd, message) => {
      const validate = vi.fn<() => string | undefined | Promise<string>>(odd)
      const engine = startEngine({ options: { validate, multiple: false } })
      engine.uploader.add(files('a'))
      await engine.uploader.settled()
      const [item] = engine.uploader.store.getState().items
      expect(item).toMatchObject({ status: 'error', error: { code: 'unknown', phase: 'starting', message } })
      expect(rejectionsOf(engine)).toEqual([])
      expect(engine.fake.calls.filter((call) => call.startsWith('presign'))).toEqual([])
      validate.mockReturnValue(undefined)
      engine.uploader.retry()
      await engine.uploader.settled()
      expect(engine.statuses()).toEqual(['done'])
    },
  )

  test('a lost connection in validate fails the item with a code that a retry may solve', async () => {
    const validate = vi.fn(() => Promise.reject(new Response('', { status: 503 }) as unknown as Error))
    const engine = startEngine({ options: { validate } })
    engine.uploader.add(files('a'))
    await engine.uploader.settled()
    expect(engine.uploader.store.getState().items[0]).toMatchObject({ error: { code: 'unavailable' } })
  })

  test('cancel and remove abort the signal, and a late answer does nothing', async () => {
    const signals: AbortSignal[] = []
    const answers: ((sentence: string) => void)[] = []
    const engine = startEngine({
      options: {
        validate: (_file, { signal }) => {
          signals.push(signal)
          return new Promise((resolve) => answers.push(resolve))
        },
      },
    })
    const [first, second] = engine.uploader.add(files('a', 'b'))
    await settlePromises()
    engine.uploader.cancel(first)
    engine.uploader.remove(second ?? '')
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true])
    for (const answer of answers) answer('Refused.')
    await settlePromises()
    expect(engine.statuses()).toEqual(['idle canceled'])
    expect(rejectionsOf(engine)).toEqual([])
  })

  test('a held file is validated when it is added, and not again when it starts', async () => {
    const validated: string[] = []
    const engine = startEngine({
      options: {
        start: 'manual',
        validate: async ({ name }) => {
          validated.push(name)
          return name === 'b' ? 'No.' : undefined
        },
      },
    })
    engine.uploader.add(files('a', 'b'))
    await settlePromises()
    expect(engine.statuses()).toEqual(['idle held'])
    expect(rejectionsOf(engine)).toEqual(['b rejected: No.'])
    expect(engine.fake.calls).toEqual([])
    engine.uploader.start()
    await engine.uploader.settled()
    expect(engine.statuses()).toEqual(['done'])
    expect(validated).toEqual(['a', 'b'])
  })

  test('a held file is asked again when it starts before the answer, and only the last answer counts', async () => {
    const answers: ((sentence: string | undefined) => void)[] = []
    const validate = () => new Promise<string | undefined>((resolve) => answers.push(resolve))
    const engine = startEngine({ options: { start: 'manual', validate } })
    engine.uploader.add(files('a'))
    await settlePromises()
    engine.uploader.start()
    await settlePromises()
    answers[0]?.('Stale.')
    await settlePromises()
    expect(engine.statuses()).toEqual(['starting'])
    answers[1]?.(undefined)
    await engine.uploader.settled()
    expect(engine.statuses()).toEqual(['done'])
    expect(rejectionsOf(engine)).toEqual([])
  })

  test('four waiting files are validated at the same time, and one that never answers delays no other start', async () => {
    let running = 0
    let most = 0
    const engine = startEngine({
      options: {
        start: 'manual',
        validate: async ({ name }) => {
          if (name === '0') return new Promise<never>(() => {})
          running += 1
          most = Math.max(most, running)
          await Promise.resolve()
          running -= 1
          return undefined
        },
      },
    })
    engine.uploader.add(files(...Array.from({ length: 20 }, (_, index) => `${index}`)))
    await settlePromises()
    expect(most).toBeLessThanOrEqual(4)
    engine.uploader.start()
    await vi.waitFor(() => expect(engine.statuses().filter((status) => status === 'done')).toHaveLength(19))
    engine.uploader.cancel()
    await engine.uploader.settled()
  })

  test('a promise of the result rejects with the refusal', async () => {
    const engine = startEngine({ options: { validate: () => 'Too dark.' } })
    const [item] = engine.uploader.add(files('a'))
    await expect(engine.uploader.resultOf(item ?? '')).rejects.toMatchObject({
      code: 'rejected',
      text: 'Too dark.',
    })
  })

  test('a refused replacement gives the done file of a single upload back', async () => {
    const engine = startEngine({
      options: { multiple: false, validate: ({ name }) => (name.startsWith('bad') ? 'No.' : undefined) },
    })
    engine.uploader.add(files('good'))
    await engine.uploader.settled()
    engine.uploader.add(files('bad'))
    engine.uploader.add(files('bad too'))
    await engine.uploader.settled()
    expect(
      engine.uploader.store.getState().items.map(({ file, status }) => `${file.name} ${status}`),
    ).toEqual(['good done'])
    engine.uploader.add(files('better'))
    await engine.uploader.settled()
    expect(engine.uploader.store.getState().items.map(({ file }) => file.name)).toEqual(['better'])
  })
})

describe('maxTotalSize', () => {
  const sized = (name: string, size: number) => fakeFile(name, { size })

  test('files are refused that do not fit beside the others, and smaller ones still fit', () => {
    const engine = startEngine({ options: { start: 'manual', maxTotalSize: '1kB' } })
    engine.uploader.add([sized('a', 600), sized('b', 500), sized('c', 400)])
    engine.uploader.add([sized('d', 1)])
    expect(engine.uploader.store.getState().items.map(({ file }) => file.name)).toEqual(['a', 'c'])
    expect(rejectionsOf(engine)).toEqual([
      'd total-too-large: Larger than 1 kB together with the other files.',
    ])
  })
  test('a removed file makes room, and stored files use it', () => {
    const engine = startEngine({ options: { start: 'manual', maxTotalSize: 1000 } })
    const [item] = engine.uploader.add([sized('a', 800)])
    engine.uploader.remove(item ?? '')
    engine.uploader.add([sized('b', 800)], { taken: 1, takenSize: 300 })
    engine.uploader.add([sized('c', 700)], { taken: 1, takenSize: 300 })
    expect(engine.uploader.store.getState().items.map(({ file }) => file.name)).toEqual(['c'])
  })
  test('a file that is larger alone has the error of its own size, and a new single file replaces the old one', () => {
    const many = startEngine({ options: { start: 'manual', maxSize: 500, maxTotalSize: 1000 } })
    many.uploader.add([sized('a', 600)])
    expect(rejectionsOf(many)).toEqual(['a too-large: Larger than 500 bytes.'])
    const single = startEngine({ options: { start: 'manual', multiple: false, maxTotalSize: 1000 } })
    single.uploader.add([sized('a', 900)])
    single.uploader.add([sized('b', 900)])
    expect(single.uploader.store.getState().items.map(({ file }) => file.name)).toEqual(['b'])
  })
})
