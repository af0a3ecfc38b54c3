import { describe, expect, test, vi } from 'vitest'
import { UploadError } from '../../src/protocol/errors.ts'
import type { FileInfo } from '../../src/protocol/ticket.ts'
import type { FakeResult } from '../../src/testing/fake-uploads.ts'
import { fakeFile } from '../../src/testing/fake-file.ts'
import { files, settlePromises, startEngine } from '../harness/engine.ts'

/** An engine that records what presign receives. */
function startRecorded(options: NonNullable<Parameters<typeof startEngine>[0]>['options'] = {}) {
  const sent: FileInfo[] = []
  const engine = startEngine({
    options: { start: 'manual', ...options },
    endpoints: {
      presign: async (file) => {
        sent.push(file)
        return { kind: 'put', key: 'k', url: 'https://storage.test/k' }
      },
    },
  })
  return { ...engine, sent }
}

describe('update', () => {
  test('name and meta of an idle item reach presign, over the meta of the options', async () => {
    const { uploader, sent } = startRecorded({ meta: { album: 'a', caption: 'none' } })
    const [item] = uploader.add(files('a.png'))
    uploader.update(item ?? '', { meta: { caption: 'Fjord' }, name: 'Norway' })
    uploader.update(item ?? '', { meta: { alt: 'A fjord' } })
    expect(uploader.store.getState().items[0]).toMatchObject({
      name: 'Norway.png',
      meta: { caption: 'Fjord', alt: 'A fjord' },
    })
    uploader.start()
    await uploader.settled()
    expect(sent).toMatchObject([
      { name: 'Norway.png', meta: { album: 'a', caption: 'Fjord', alt: 'A fjord' } },
    ])
  })
  test('a name keeps the extension, also of a prepared file, and an empty name restores the own one', async () => {
    const { uploader, sent } = startRecorded({ prepare: () => new Blob(['x'], { type: 'image/jpeg' }) })
    const [first, second] = uploader.add([fakeFile('a.png'), fakeFile('b.png')])
    uploader.update(first ?? '', { name: 'Norway.PNG' })
    uploader.update(second ?? '', { name: 'Sweden' })
    uploader.update(second ?? '', { name: ' ' })
    expect(uploader.store.getState().items.map(({ name }) => name)).toEqual(['Norway.png', 'b.png'])
    uploader.start()
    await uploader.settled()
    expect(sent.map(({ name }) => name)).toEqual(['Norway.jpg', 'b.jpg'])
  })
  test('size, placeholder and crop of a prepared picture reach presign, and the item has them', async () => {
    const image = { width: 4, height: 3, thumbHash: 'IQgSLYZ6' }
    const crop = { x: 0, y: 0, width: 3, height: 3, rotation: 0, imageWidth: 4, imageHeight: 3 } as const
    const { uploader, sent } = startRecorded({
      prepare: (file) => {
        const blob = new Blob([file], { type: 'image/png' })
        return Object.assign(blob, { '~picture': { image, crop } })
      },
    })
    const [first, second] = uploader.add(files('a.png', 'b.png'))
    // A crop of the app wins.
    uploader.update(second ?? '', { crop: { ...crop, x: 1 } })
    uploader.start()
    await uploader.settled()
    expect(sent).toMatchObject([
      { image, crop },
      { image, crop: { ...crop, x: 1 } },
    ])
    expect(first?.store.getState()).toMatchObject({ status: 'done', image, crop })
    uploader.update(first ?? '', { crop: { ...crop, x: 1 } })
    expect(first?.store.getState().crop).toEqual({ ...crop, x: 1 })
    expect(sent).toHaveLength(2)
  })
  test('a done item is updated without a request, and listeners of the list are called', async () => {
    const { uploader, sent } = startRecorded()
    const [item] = uploader.add(files('a.png'))
    uploader.start()
    await uploader.settled()
    const listener = vi.fn()
    uploader.store.subscribe(listener)
    uploader.update(item ?? '', { meta: { caption: 'Late' } })
    expect(listener).toHaveBeenCalledOnce()
    expect(uploader.store.getState().items[0]).toMatchObject({ status: 'done', meta: { caption: 'Late' } })
    await settlePromises()
    expect(sent).toHaveLength(1)
  })
  test('an update of a removed item throws and says so', () => {
    const { uploader } = startRecorded()
    const [item] = uploader.add(files('a.png'))
    uploader.clear()
    expect(() => uploader.update(item ?? '', { meta: { caption: 'Lost' } })).toThrow(
      'update: the item is not in the list.',
    )
  })
})

describe('confirm of one call', () => {
  test('it replaces confirm of the endpoints for its files alone, and gets the receipt', async () => {
    const { fake, uploader } = startEngine()
    const receipts: string[] = []
    uploader.add(files('a'), {
      confirm: async ({ file, ticket }) => {
        receipts.push(`${file.name} ${ticket.key}`)
        return { id: 'own', key: 'own', name: 'own', size: 0, type: '' }
      },
    })
    uploader.add(files('b'))
    const [first, second] = await uploader.settled()
    expect(receipts).toEqual(['a fake/1/a'])
    expect(first).toMatchObject({ status: 'done', result: { key: 'own' } })
    expect(second).toMatchObject({ status: 'done', result: { name: 'b' } })
    expect(fake.calls.filter((call) => call.startsWith('confirm'))).toEqual(['confirm b'])
  })
  test.each([
    ['that may pass is retried by itself', new UploadError('unavailable', { phase: 'finishing' }), false],
    ['of another kind fails, and a retry repeats it alone', new Error('Table is locked'), true],
  ])('an error %s: the bytes are sent once', async (_what, error, needsRetry) => {
    let calls = 0
    const confirm = async (): Promise<FakeResult> => {
      calls += 1
      if (calls === 1) throw error
      return { id: 'own', key: 'own', name: 'own', size: 0, type: '' }
    }
    const { fake, uploader, statuses } = startEngine({ options: { multiple: false } })
    uploader.add(files('a'), { confirm })
    await uploader.settled()
    if (needsRetry) {
      expect(statuses()).toEqual(['error'])
      uploader.retry()
      await uploader.settled()
    }
    expect(statuses()).toEqual(['done'])
    expect(calls).toBe(2)
    expect(fake.calls).toEqual(['presign a', 'send a'])
  })
})
