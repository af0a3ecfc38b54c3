import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { createConnectionPool } from '../../src/core/pool.ts'
import type { Pool } from '../../src/core/ports.ts'
import { createUploader } from '../../src/core/create-uploader.ts'
import type { Uploader } from '../../src/core/uploader.ts'
import type { UploadErrorCode } from '../../src/protocol/errors.ts'
import { fakeFile } from '../../src/testing/fake-file.ts'
import { fakeUploads } from '../../src/testing/fake-uploads.ts'
import type { FakeResult, FakeUploads } from '../../src/testing/fake-uploads.ts'

// Compares the uploader with a simple model: both agree after any sequence of commands.

type Step = 'presign' | 'send' | 'confirm'
type ModelUpload = {
  step: Step
  state: 'busy' | 'paused' | 'held' | 'canceled' | 'done' | 'error'
  confirms: number
}
type Model = { files: Map<string, ModelUpload>; count: number }
interface Real {
  fake: FakeUploads<FakeResult>
  uploader: Uploader<FakeResult>
  /** The number of connections in use. */
  held: () => number
}

/** Waits until every promise that needs no answer has settled. */
const settlePromises = () => new Promise((resolve) => setTimeout(resolve))

const shown: Record<Step, string> = { presign: 'starting', send: 'uploading', confirm: 'finishing' }
function statusOf({ step, state }: ModelUpload): string {
  if (state === 'busy') return shown[step]
  if (state === 'paused') return 'uploading paused'
  if (state === 'held') return 'idle held'
  return state === 'canceled' ? 'idle' : state
}

/** A command for one file that may exist, and the check that both agree afterwards. */
class Act implements fc.AsyncCommand<Model, Real> {
  constructor(
    private readonly what: string,
    private readonly which: number,
    private readonly may: (file: ModelUpload) => boolean,
    private readonly model: (file: ModelUpload, model: Model, name: string) => void,
    private readonly real: (real: Real, name: string, id: string) => Promise<void> | void,
  ) {}
  /** A file for which the command makes sense. */
  private name({ files }: Model): string | undefined {
    const fitting = [...files].filter(([, file]) => this.may(file)).map(([name]) => name)
    return fitting[this.which % Math.max(1, fitting.length)]
  }
  check(model: Readonly<Model>): boolean {
    return this.name(model) !== undefined
  }
  async run(model: Model, real: Real): Promise<void> {
    const name = this.name(model) ?? ''
    const id = real.uploader.store.getState().items.find(({ file }) => file.name === name)?.id ?? ''
    const file = model.files.get(name)
    if (file) this.model(file, model, name)
    await this.real(real, name, id)
    await settlePromises()
    // The retry module comes by an import, which takes a moment.
    await vi.waitFor(() => agree(model, real), { interval: 1 })
  }
  toString(): string {
    return `${this.what}(${this.which})`
  }
}

class Add implements fc.AsyncCommand<Model, Real> {
  constructor(private readonly then: 'go' | 'pause') {}
  check(): boolean {
    return true
  }
  async run(model: Model, real: Real): Promise<void> {
    const name = `${(model.count += 1)}.png`
    const state = this.then === 'pause' ? 'held' : 'busy'
    model.files.set(name, { step: 'presign', state, confirms: 0 })
    const [item] = real.uploader.add([fakeFile(name)])
    if (this.then === 'pause') real.uploader.pause(item)
    await settlePromises()
    // The retry module comes by an import, which takes a moment.
    await vi.waitFor(() => agree(model, real), { interval: 1 })
  }
  toString(): string {
    return this.then === 'pause' ? 'add and pause' : 'add'
  }
}

class All implements fc.AsyncCommand<Model, Real> {
  constructor(private readonly what: 'pause' | 'resume') {}
  check({ files }: Readonly<Model>): boolean {
    return files.size > 0
  }
  async run(model: Model, real: Real): Promise<void> {
    for (const file of model.files.values()) {
      if (this.what === 'resume' && (file.state === 'paused' || file.state === 'held')) file.state = 'busy'
      else if (this.what === 'pause' && busyAt('send')(file)) file.state = 'paused'
      else if (this.what === 'pause' && busyAt('presign')(file)) file.state = 'held'
    }
    real.uploader[this.what]()
    await settlePromises()
    await vi.waitFor(() => agree(model, real), { interval: 1 })
  }
  toString(): string {
    return `${this.what} all`
  }
}

function agree({ files }: Model, { fake, uploader, held }: Real) {
  const real = uploader.store.getState().items.map((item) => {
    const paused = item.status === 'uploading' && item.paused ? ' paused' : ''
    const begun = item.status === 'idle' && item.held ? ' held' : ''
    return `${item.file.name} ${item.status}${paused}${begun}`
  })
  expect(real).toEqual([...files].map(([name, file]) => `${name} ${statusOf(file)}`))
  const asked = [...files.keys()].map(
    (name) => fake.calls.filter((call) => call === `confirm ${name}`).length,
  )
  expect(asked).toEqual([...files.values()].map(({ confirms }) => confirms))
  expect(held()).toBe([...files.values()].filter(busyAt('send')).length)
}

const busyAt = (step: Step) => (file: ModelUpload) => file.state === 'busy' && file.step === step
const next: Partial<Record<Step, Step>> = { presign: 'send', send: 'confirm' }
const which = fc.nat(5)
/** Errors that neither a retry nor a recovery resolves. */
const refusals: UploadErrorCode[] = ['unauthorized', 'not-found', 'unknown']

/** Each upload that reaches confirm asks once. */
function enter(file: ModelUpload, step: Step) {
  file.step = step
  if (step === 'confirm') file.confirms += 1
}

const answer = (what: string, step: Step, real: (real: Real, name: string) => Promise<void>) =>
  which.map((index) => {
    const model = (file: ModelUpload) => {
      const after = next[file.step]
      if (after) enter(file, after)
      else file.state = 'done'
    }
    return new Act(what, index, busyAt(step), model, real)
  })

const commands = [
  fc.constantFrom<fc.AsyncCommand<Model, Real>>(new Add('go'), new Add('go'), new Add('pause')),
  fc.constantFrom<fc.AsyncCommand<Model, Real>>(new All('pause'), new All('resume')),
  answer('presign', 'presign', ({ fake }, name) => fake.for(name).presign()),
  answer('store', 'send', ({ fake }, name) => fake.for(name).store()),
  answer('confirm', 'confirm', ({ fake }, name) => fake.for(name).confirm()),
  fc.tuple(which, fc.constantFrom(...refusals)).map(
    ([index, code]) =>
      new Act(
        `fail ${code}`,
        index,
        ({ state }) => state === 'busy',
        (file) => (file.state = 'error'),
        ({ fake }, name) => fake.for(name).fail(code),
      ),
  ),
  which.map(
    (index) =>
      new Act(
        'cancel',
        index,
        () => true,
        // A done upload cannot be canceled, and a failed one has nothing to abort.
        (file) => {
          if (file.state === 'busy' || file.state === 'paused' || file.state === 'held')
            Object.assign(file, { step: 'presign', state: 'canceled' })
        },
        ({ uploader }, _name, id) => uploader.cancel(id),
      ),
  ),
  which.map(
    (index) =>
      new Act(
        'retry',
        index,
        () => true,
        (file) => {
          if (file.state === 'error' || file.state === 'canceled') {
            file.state = 'busy'
            enter(file, file.step)
          }
        },
        ({ uploader }, _name, id) => uploader.retry(id),
      ),
  ),
  which.map(
    (index) =>
      new Act(
        'pause',
        index,
        () => true,
        (file) => {
          if (busyAt('send')(file)) file.state = 'paused'
          // No byte has been sent yet.
          if (busyAt('presign')(file)) file.state = 'held'
        },
        ({ uploader }, _name, id) => uploader.pause(id),
      ),
  ),
  which.map(
    (index) =>
      new Act(
        'resume',
        index,
        () => true,
        (file) => {
          if (file.state === 'paused' || file.state === 'held') file.state = 'busy'
        },
        ({ uploader }, _name, id) => uploader.resume(id),
      ),
  ),
  which.map(
    (index) =>
      new Act(
        'remove',
        index,
        () => true,
        (_file, model, name) => void model.files.delete(name),
        ({ uploader }, _name, id) => uploader.remove(id),
      ),
  ),
]

test('uploader and model agree after every step, confirm runs once each time it is due, and every connection is released', async () => {
  await fc.assert(
    fc.asyncProperty(fc.commands(commands, { maxCommands: 60, size: 'max' }), async (all) => {
      const fake = fakeUploads({ speed: 0 })
      const connections = createConnectionPool(50)
      let held = 0
      const pool: Pool = {
        ...connections,
        acquire: async (signal) => {
          const release = await connections.acquire(signal)
          held += 1
          return () => {
            held -= 1
            release()
          }
        },
      }
      let id = 0
      const host = {
        now: () => 0,
        frame: () => {},
        sleep: async () => {},
        random: () => 0,
        isOnline: () => true,
      }
      const { endpoints, transport, defaults } = fake
      const uploader = createUploader(
        { endpoints, transport, pool, host, newId: () => `${(id += 1)}` },
        defaults,
      )
      const real = { fake, uploader, held: () => held }
      const model: Model = { files: new Map(), count: 0 }
      await fc.asyncModelRun(() => ({ model, real }), all)

      uploader.clear()
      await settlePromises()
      expect(held).toBe(0)
    }),
    { numRuns: 200 },
  )
}, 60_000)
