import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { createConnectionPool } from '../../src/core/connection-pool.ts'
import type { ConfirmUpload, Pool } from '../../src/core/ports.ts'
import { createUploader } from '../../src/core/create-uploader.ts'
import type { Uploader } from '../../src/core/uploader-types.ts'
import type { UploadErrorCode } from '../../src/protocol/errors.ts'
import { fakeFile } from '../../src/testing/fake-file.ts'
import { fakeUploads } from '../../src/testing/fake-uploads.ts'
import type { FakeResult, FakeUploads } from '../../src/testing/fake-uploads.ts'

// Compares the uploader with a simple model: both agree after any sequence of commands.

type Step = 'presign' | 'send' | 'confirm'
type ModelUpload = {
  step: Step
  state: 'queued' | 'busy' | 'paused' | 'held' | 'canceled' | 'done' | 'error'
  confirms: number
  /** Has a `confirm` of its own call. */
  ownConfirm: boolean
  caption?: string | undefined
  /** The caption that the last presign received. */
  sentCaption?: string | undefined
  removing?: boolean
}
type Model = { files: Map<string, ModelUpload>; count: number; readonly concurrency: number }
interface Real {
  readonly options: { start: 'auto' | 'manual' }
  /** The captions that presign received last. */
  readonly sent: Map<string, unknown>
  /** Files whose own `confirm` was called. */
  readonly ownConfirms: string[]
  /** The answer of `onRemove`. */
  removeAnswer: () => boolean | Promise<boolean>
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
  return state === 'canceled' || state === 'queued' ? 'idle' : state
}

const busyAt = (step: Step) => (file: ModelUpload) => file.state === 'busy' && file.step === step
const isFull = ({ files, concurrency }: Model) =>
  [...files.values()].filter(({ state }) => state === 'busy').length >= concurrency

/** Begins a step, or queues it while the list is full. Each upload that reaches confirm asks once. */
function begin(file: ModelUpload, model: Model) {
  const full = isFull(model)
  file.state = full ? 'queued' : 'busy'
  if (!full && file.step === 'confirm') file.confirms += 1
  if (!full && file.step === 'presign') file.sentCaption = file.caption
}

/** Starts queued files in order while the list has room. */
function serveQueue(model: Model) {
  for (const file of model.files.values()) if (file.state === 'queued') begin(file, model)
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
    serveQueue(model)
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
  constructor(private readonly then: 'go' | 'pause' | 'hold' | 'confirm itself' | 'refuse') {}
  check(): boolean {
    return true
  }
  async run(model: Model, real: Real): Promise<void> {
    const isRefused = this.then === 'refuse'
    const name = `${isRefused ? 'bad ' : ''}${(model.count += 1)}.png`
    const ownConfirm = this.then === 'confirm itself'
    const state = this.then === 'pause' || this.then === 'hold' ? 'held' : 'queued'
    // A refused file leaves the list before presign, whether it waits or starts.
    if (!isRefused) model.files.set(name, { step: 'presign', state, confirms: 0, ownConfirm })
    serveQueue(model)
    real.options.start = this.then === 'hold' ? 'manual' : 'auto'
    const confirm: ConfirmUpload<FakeResult> = (receipt, context) => {
      real.ownConfirms.push(receipt.file.name)
      return real.fake.endpoints.confirm?.(receipt, context) as Promise<FakeResult>
    }
    const [item] = real.uploader.add([fakeFile(name)], ownConfirm ? { confirm } : {})
    if (this.then === 'pause') real.uploader.pause(item)
    await settlePromises()
    // The retry module comes by an import, which takes a moment.
    await vi.waitFor(() => agree(model, real), { interval: 1 })
    const refused = real.uploader.store.getState().rejections.map(({ file }) => file.name)
    expect(refused).toEqual(isRefused ? [name] : [])
    expect(real.fake.calls.filter((call) => call.endsWith(` ${name}`) && isRefused)).toEqual([])
  }
  toString(): string {
    return `add and ${this.then}`
  }
}

class All implements fc.AsyncCommand<Model, Real> {
  constructor(private readonly what: 'pause' | 'resume' | 'start' | 'retry') {}
  check({ files }: Readonly<Model>): boolean {
    return files.size > 0
  }
  async run(model: Model, real: Real): Promise<void> {
    for (const file of model.files.values()) change[this.what](file, model)
    serveQueue(model)
    real.uploader[this.what]()
    await settlePromises()
    await vi.waitFor(() => agree(model, real), { interval: 1 })
  }
  toString(): string {
    return `${this.what} all`
  }
}

/** Effects of each user action on a file, for every state. */
const change = {
  pause: (file: ModelUpload) => {
    if (busyAt('send')(file)) file.state = 'paused'
    // No byte has been sent yet.
    else if (busyAt('presign')(file) || file.state === 'queued') file.state = 'held'
  },
  resume: (file: ModelUpload, model: Model) => {
    if (file.state === 'paused') begin(file, model)
    else if (file.state === 'held') file.state = 'queued'
  },
  start: (file: ModelUpload) => {
    if (file.state === 'held') file.state = 'queued'
  },
  retry: (file: ModelUpload, model: Model) => {
    if (file.state === 'error') begin(file, model)
    else if (file.state === 'canceled') file.state = 'queued'
  },
  // A done upload cannot be canceled, and a failed one has nothing to abort.
  cancel: (file: ModelUpload) => {
    if (file.state !== 'done' && file.state !== 'error')
      Object.assign(file, { step: 'presign', state: 'canceled' })
  },
}

function agree({ files }: Model, { fake, uploader, held, sent, ownConfirms }: Real) {
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
  const own = [...files.keys()].map((name) => ownConfirms.filter((each) => each === name).length)
  expect(own).toEqual([...files.values()].map(({ ownConfirm, confirms }) => (ownConfirm ? confirms : 0)))
  const { items } = uploader.store.getState()
  expect(items.map(({ meta, removing }) => [meta?.caption, removing])).toEqual(
    [...files.values()].map(({ caption, removing = false }) => [caption, removing]),
  )
  expect([...files.keys()].map((name) => sent.get(name))).toEqual(
    [...files.values()].map(({ sentCaption }) => sentCaption),
  )
  expect(held()).toBe([...files.values()].filter(busyAt('send')).length)
}

const next: Partial<Record<Step, Step>> = { presign: 'send', send: 'confirm' }
const which = fc.nat(5)
/** Errors that neither a retry nor a recovery resolves. */
const refusals: UploadErrorCode[] = ['unauthorized', 'not-found', 'unknown']

/** Answers of `onRemove`. */
const removeAnswers = {
  agree: () => true,
  keep: () => false,
  fail: () => Promise.reject(new Error('No network')),
  never: () => new Promise<never>(() => {}),
}

const answer = (what: string, step: Step, real: (real: Real, name: string) => Promise<void>) =>
  which.map((index) => {
    const model = (file: ModelUpload) => {
      const after = next[file.step]
      if (after) file.step = after
      else file.state = 'done'
      if (after === 'confirm') file.confirms += 1
    }
    return new Act(what, index, busyAt(step), model, real)
  })

const commands = [
  fc.constantFrom<fc.AsyncCommand<Model, Real>>(
    new Add('go'),
    new Add('go'),
    new Add('pause'),
    new Add('hold'),
    new Add('confirm itself'),
    new Add('refuse'),
  ),
  fc.constantFrom<fc.AsyncCommand<Model, Real>>(
    new All('pause'),
    new All('resume'),
    new All('start'),
    new All('retry'),
  ),
  answer('presign', 'presign', ({ fake }, name) => fake.for(name).presign()),
  answer('store', 'send', ({ fake }, name) => fake.for(name).store()),
  answer('confirm', 'confirm', ({ fake }, name) => fake.for(name).confirm()),
  // The backend still checks the file, so confirm runs again.
  which.map(
    (index) =>
      new Act(
        'check',
        index,
        busyAt('confirm'),
        (file) => void (file.confirms += 1),
        ({ fake }, name) => fake.for(name).check(),
      ),
  ),
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
  ...(['start', 'pause', 'resume', 'cancel', 'retry'] as const).map((what) =>
    which.map(
      (index) =>
        new Act(
          what,
          index,
          () => true,
          (file, model) => change[what](file, model),
          ({ uploader }, _name, id) => uploader[what](id),
        ),
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
  fc.tuple(which, fc.constantFrom('a', 'b', 'c')).map(
    ([index, caption]) =>
      new Act(
        `update ${caption}`,
        index,
        () => true,
        (file) => (file.caption = caption),
        ({ uploader }, _name, id) => uploader.update(id, { meta: { caption } }),
      ),
  ),
  fc.tuple(which, fc.constantFrom(...(Object.keys(removeAnswers) as (keyof typeof removeAnswers)[]))).map(
    ([index, removal]) =>
      new Act(
        `request removal, ${removal}`,
        index,
        () => true,
        (file, model, name) => {
          // A request that has no answer blocks the next one, and nothing else.
          if (removal === 'agree' && !file.removing) model.files.delete(name)
          if (removal === 'never') file.removing = true
        },
        (real, _name, id) => {
          real.removeAnswer = removeAnswers[removal]
          void real.uploader.requestRemove(id)
        },
      ),
  ),
]

const concurrencies = fc.constantFrom(Infinity, 1, 2, 3)

test('uploader and model agree after every step, confirm runs once each time it is due, and every connection is released', async () => {
  await fc.assert(
    fc.asyncProperty(
      concurrencies,
      fc.commands(commands, { maxCommands: 60, size: 'max' }),
      async (concurrency, all) => {
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
        const sent = new Map<string, unknown>()
        const recorded = {
          ...endpoints,
          presign: (...call: Parameters<typeof endpoints.presign>) => {
            sent.set(call[0].name, call[0].meta?.caption)
            return endpoints.presign(...call)
          },
        }
        const options = {
          ...defaults,
          concurrency,
          start: 'auto' as 'auto' | 'manual',
          validate: async ({ name }: File) => (name.startsWith('bad') ? 'Refused.' : undefined),
          onRemove: () => real.removeAnswer(),
        }
        const uploader = createUploader(
          { endpoints: recorded, transport, pool, host, newId: () => `${(id += 1)}` },
          () => options,
        )
        const ownConfirms: string[] = []
        const removeAnswer: Real['removeAnswer'] = () => true
        const real: Real = { fake, uploader, options, sent, ownConfirms, removeAnswer, held: () => held }
        const model: Model = { files: new Map(), count: 0, concurrency }
        await fc.asyncModelRun(() => ({ model, real }), all)

        uploader.clear()
        await settlePromises()
        expect(held).toBe(0)
      },
    ),
    { numRuns: 200 },
  )
}, 60_000)
