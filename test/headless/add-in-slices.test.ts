import { describe, expect, test } from 'vitest'
import { addFiles } from '../../src/headless/drop/add-files.ts'
import type { UploaderLike } from '../../src/headless/context.ts'
import { addInSlices as addAllInSlices } from '../../src/headless/lazy/add-in-slices.ts'
import { fakeFile } from '../../src/testing/fake-file.ts'
import { startEngine } from '../harness/engine.ts'
import type { Engine } from '../harness/engine.ts'

const numbered = (count: number, folder = '') =>
  Array.from({ length: count }, (_, index) => fakeFile(`${folder}${index}.png`))
const namesIn = (list: readonly { readonly file: File }[]) => list.map(({ file }) => file.name)
const namesOf = (files: readonly File[]) => files.map(({ name }) => name)

/** Returns the number of listed files after each change of the list, and whether a timer fired between two changes. */
function watchList({ uploader }: Engine) {
  const counts: number[] = []
  let turn = 0
  const turns: number[] = []
  uploader.store.subscribe(({ items }) => {
    counts.push(items.length)
    turns.push(turn)
    setTimeout(() => (turn += 1))
  })
  return { counts, turns }
}

/** Resolves when the list has this number of files. */
const listed = ({ uploader }: Engine, count: number) =>
  new Promise<void>((resolve) => {
    uploader.store.subscribe(({ items }) => items.length >= count && resolve())
  })

const addInSlices = ({ uploader }: Pick<Engine, 'uploader'>, files: readonly File[]) =>
  addAllInSlices([{ uploader, files }])
const addAsUser = (uploader: UploaderLike, files: readonly File[]) => addFiles(uploader, files)
const start = (options: Engine['options'] = {}) => startEngine({ options: { start: 'manual', ...options } })

describe('many files', () => {
  test('are added in slices of 500 in their order, with a pause before each', async () => {
    const engine = start()
    const { counts, turns } = watchList(engine)
    const files = numbered(1700)
    await addInSlices(engine, files)
    expect(counts).toEqual([500, 1000, 1500, 1700])
    expect(new Set(turns).size).toBe(4)
    expect(namesIn(engine.uploader.store.getState().items)).toEqual(namesOf(files))
  })

  test('have one maximum number of files and one list of rejections, which replaces the earlier one', async () => {
    const engine = start({ maxFiles: 700, accept: 'image/*' })
    const { store, add } = engine.uploader
    add([fakeFile('earlier.txt', { type: 'text/plain' })])
    const files = numbered(1200)
    files[3] = fakeFile('notes.txt', { type: 'text/plain' })
    await addInSlices(engine, files)
    const { items, rejections } = store.getState()
    const accepted = files.filter(({ name }) => name !== 'notes.txt')
    expect(namesIn(items)).toEqual(namesOf(accepted.slice(0, 700)))
    expect(namesIn(rejections)).toEqual(['notes.txt', ...namesOf(accepted.slice(700))])
    expect(new Set(rejections.slice(1).map(({ error }) => error.code))).toEqual(new Set(['too-many']))
  })

  test.each(['cancel', 'clear'] as const)('end when the user withdraws all files by %s', async (action) => {
    const engine = start()
    const addition = addInSlices(engine, numbered(1700))
    await listed(engine, 500)
    engine.uploader[action]()
    await addition
    expect(engine.statuses()).toEqual(action === 'clear' ? [] : Array(500).fill('idle canceled'))
  })

  test.each([
    ['pause', 'idle', { start: 'auto' }, 'idle held'],
    ['start', 'idle held', { start: 'manual' }, 'idle'],
  ] as const)(
    'that come after %s of all files follow it, and not the default',
    async (action, before, options, after) => {
      const engine = startEngine({ options, fakes: { speed: 0 } })
      const addition = addInSlices(engine, numbered(1700))
      await listed(engine, 500)
      expect(engine.statuses().at(-1)).toBe(before)
      engine.uploader[action]()
      await addition
      expect(engine.statuses().slice(500)).toEqual(Array(1200).fill(after))
    },
  )

  test('continue when one file of them is canceled, removed or refused', async () => {
    const engine = start({ maxSize: 1000 })
    const files = numbered(1001)
    files[499] = fakeFile('large.png', { size: 2000 })
    const addition = addInSlices(engine, files)
    await listed(engine, 500)
    const [first, second] = engine.uploader.store.getState().items
    engine.uploader.remove(first ?? '')
    engine.uploader.cancel(second)
    await addition
    await expect.poll(() => engine.uploader.store.getState().items.length).toBe(999)
    expect(namesIn(engine.uploader.store.getState().rejections)).toEqual(['large.png'])
  })

  test('stay together when other files are added in the meantime, few or many', async () => {
    const { uploader } = start()
    const additions = [numbered(600, 'a'), numbered(2, 'b'), numbered(600, 'c')]
    for (const files of additions) addAsUser(uploader, files)
    await expect.poll(() => uploader.store.getState().items.length).toBe(1202)
    expect(namesIn(uploader.store.getState().items)).toEqual(namesOf(additions.flat()))
  })

  test('are withdrawn with those that wait, and not with those of a later addition', async () => {
    const engine = start()
    const { uploader } = engine
    for (const folder of ['a', 'b']) addAsUser(uploader, numbered(600, folder))
    await listed(engine, 500)
    uploader.clear()
    // The second slice would be added after two pauses.
    for (let pause = 0; pause < 5; pause += 1) await new Promise((resolve) => setTimeout(resolve))
    addAsUser(uploader, numbered(600, 'c'))
    await expect.poll(() => uploader.store.getState().items.length).toBe(600)
    expect(namesIn(uploader.store.getState().items)).toEqual(namesOf(numbered(600, 'c')))
  })

  test.each([{ maxFiles: 2000 }, { maxTotalSize: '1GB' }])(
    'have their sizes read at most 50 at a time with the limit %o',
    async (limit) => {
      const { uploader } = start(limit)
      const readsBetweenPauses: number[] = []
      let readCount = 0
      const endPiece = () => {
        readsBetweenPauses.push(readCount)
        readCount = 0
      }
      const files = Array.from({ length: 1200 }, (_, index) => {
        const file = new File([], `${index}.png`, { type: 'image/png' })
        const get = () => {
          if (readCount === 0) setTimeout(endPiece)
          readCount += 1
          return 10
        }
        return Object.defineProperty(file, 'size', { get })
      })
      await addInSlices({ uploader }, files)
      expect(uploader.store.getState().items).toHaveLength(1200)
      expect(readsBetweenPauses).toEqual(Array(24).fill(50))
    },
  )

  test('settle only after the last slice', async () => {
    const engine = startEngine({ options: {} })
    const addition = addInSlices(engine, numbered(600))
    await listed(engine, 1)
    await engine.uploader.settled()
    await addition
    await engine.uploader.settled()
    expect(engine.statuses()).toEqual(Array(600).fill('done'))
  })
})
