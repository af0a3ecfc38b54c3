import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { transition } from '../../src/core/machine/machine.ts'
import { isBusy, ticketOf } from '../../src/core/machine/state.ts'
import type { UploadEvent, UploadState } from '../../src/core/machine/state.ts'
import { UploadError, uploadErrorCodes } from '../../src/protocol/errors.ts'
import type { UploadErrorCode, UploadPhase } from '../../src/protocol/errors.ts'
import type { FileInfo, Receipt, Ticket } from '../../src/protocol/ticket.ts'

type State = UploadState<string>
type Event = UploadEvent<string>

const file: FileInfo = { id: '1', name: 'a.png', size: 10, type: 'image/png' }
const ticket: Ticket = { kind: 'put', key: 'k', url: 'https://storage.test/k', expiresAt: 1000 }
const parts: Ticket = { kind: 'multipart', key: 'k', uploadId: 'u', partSize: 5 * 1024 ** 2 }
const receiptOf = (of: Ticket): Receipt => ({ file, ticket: of })
const errorOf = (code: UploadErrorCode, phase: UploadPhase = 'uploading') => new UploadError(code, { phase })

const idle: State = { status: 'idle', canceled: false, held: false }
const start: Event = { type: 'start' }
const prepared: Event = { type: 'prepared' }
const presignedWith = (of: Ticket): Event => ({ type: 'presigned', ticket: of, expiresAt: 1000 })
const presigned = presignedWith(ticket)
const granted: Event = { type: 'connected', now: 0 }
const progressed = (progress: number): Event => ({ type: 'progressed', progress })
const sent = (of: Ticket = ticket): Event => ({ type: 'sent', receipt: receiptOf(of) })
const assembled: Event = { type: 'assembled' }
const confirmed: Event = { type: 'confirmed', result: 'photo' }
const checkPending: Event = { type: 'checkPending', retryAfter: 5000 }
const failed = (code: UploadErrorCode): Event => ({ type: 'failed', error: errorOf(code), now: 0 })
const cancel: Event = { type: 'cancel' }
const pause: Event = { type: 'pause' }
const resume: Event = { type: 'resume', now: 0 }
const retry = (now = 0): Event => ({ type: 'retry', now })
const queued = { queued: true, now: 0 } as const

/** Applies events from idle; the trace lists one step per line. */
function play(...events: Event[]) {
  let state = idle
  const trace: string[] = []
  for (const event of events) {
    const [next, effect] = transition(state, event)
    if (next === state) trace.push(`${event.type} ignored`)
    else {
      const step = 'step' in next ? `.${next.step}` : 'paused' in next && next.paused ? '.paused' : ''
      trace.push(`${next.status}${step}${effect ? ` -> ${effect.type}` : ''}`)
    }
    state = next
  }
  return { state, trace, last: trace.at(-1) }
}

const toUploading = [start, prepared, presigned, granted]
const toConfirming = [...toUploading, sent()]

test('an upload goes from idle to done with one effect per step', () => {
  expect(play(...toUploading, progressed(0.5), sent(), confirmed).trace).toEqual([
    'starting.preparing -> prepare',
    'starting.presigning -> presign',
    'starting.ready -> acquire',
    'uploading -> send',
    'uploading',
    'finishing.confirming -> confirm',
    'done',
  ])
})

test('a multipart upload is completed before it is confirmed', () => {
  const { trace } = play(start, prepared, presignedWith(parts), granted, sent(parts), assembled, confirmed)
  expect(trace.slice(-3)).toEqual([
    'finishing.assembling -> assemble',
    'finishing.confirming -> confirm',
    'done',
  ])
})

describe('a check that outlasts the request', () => {
  test('each pending answer asks again later, and then the upload is done', () => {
    const { trace } = play(...toConfirming, checkPending, checkPending, confirmed)
    expect(trace.slice(-3)).toEqual([
      'finishing.checking -> confirm',
      'finishing.checking -> confirm',
      'done',
    ])
    const [, effect] = transition(play(...toConfirming, checkPending).state, checkPending)
    expect(effect).toEqual({ type: 'confirm', receipt: receiptOf(ticket), delayMs: 5000 })
  })
  test('a retry asks at once, and never sends the bytes again', () => {
    const { state } = play(...toConfirming, checkPending, failed('unavailable'))
    expect(transition(state, retry())).toMatchObject([
      { status: 'finishing', step: 'checking' },
      { type: 'confirm', receipt: receiptOf(ticket) },
    ])
    expect(transition(state, retry())[1]).not.toHaveProperty('delayMs')
  })
  test('a refusal is an error, and cancel discards', () => {
    const checking = play(...toConfirming, checkPending).state
    expect(transition(checking, failed('rejected'))).toMatchObject([
      { status: 'error', error: { code: 'rejected' } },
    ])
    expect(transition(checking, cancel)).toEqual([
      { ...idle, canceled: true },
      { type: 'discard', ticket },
    ])
  })
  test('the check continues while the upload is paused, and lost bytes then wait for resume', () => {
    const [paused, effect] = transition(play(...toConfirming, checkPending).state, pause)
    expect(paused).toMatchObject({ status: 'finishing', step: 'checking', held: true })
    expect(effect).toBeUndefined()
    expect(transition(paused, checkPending)).toMatchObject([{ held: true }, { type: 'confirm' }])
    expect(transition(paused, failed('not-stored'))).toMatchObject([
      { status: 'idle', held: true },
      { type: 'discard' },
    ])
  })
  test('only a confirmed step can be pending', () => {
    for (const events of [[], toUploading, [start, prepared, presignedWith(parts), granted, sent(parts)]])
      expect(play(...events, checkPending).last).toBe('checkPending ignored')
  })
})

describe('retry repeats the failed step', () => {
  test('retry runs a failed prepare again', () => {
    expect(play(start, failed('unknown'), retry()).last).toBe('starting.preparing -> prepare')
  })
  test('retry runs a failed presign again', () => {
    expect(play(start, prepared, failed('unavailable'), retry()).last).toBe('starting.presigning -> presign')
  })
  test('retry after a broken connection waits for a connection with the same ticket', () => {
    expect(play(...toUploading, failed('network'), retry()).last).toBe('starting.ready -> acquire')
  })
  test('retry after a failed confirm sends confirm only, and no bytes', () => {
    expect(play(...toConfirming, failed('unavailable'), retry()).last).toBe('finishing.confirming -> confirm')
  })
  test('retry renews an expired ticket before it is used', () => {
    const { state } = play(...toUploading, failed('network'), retry(1000))
    expect(state).toMatchObject({ step: 'presigning', ticketToRenew: ticket })
  })
  test('retry after a refusal presigns a new ticket', () => {
    const [state, effect] = transition(play(...toUploading, failed('rejected')).state, retry())
    expect(state).toMatchObject({ step: 'presigning', progress: 0 })
    expect(effect).toEqual({ type: 'presign', ticketToDiscard: ticket })
  })
  test('retry keeps the progress', () => {
    const { state } = play(
      ...toUploading,
      progressed(0.6),
      failed('network'),
      retry(),
      granted,
      progressed(0.2),
    )
    expect(state).toMatchObject({ status: 'uploading', progress: 0.6, attempt: 2 })
  })
})

describe('a list without room', () => {
  test.each([
    ['prepare', [start, failed('unknown')], 'starting.preparing -> prepare'],
    ['presign', [start, prepared, failed('unavailable')], 'starting.presigning -> presign'],
    ['send', [...toUploading, failed('network')], 'starting.ready -> acquire'],
    ['confirm', [...toConfirming, failed('unavailable')], 'finishing.confirming -> confirm'],
  ] as [string, Event[], string][])('retry of a failed %s waits in the queue', (_step, events, last) => {
    const { state, trace } = play(...events, { type: 'retry', ...queued }, start)
    expect(trace.at(-2)).toBe('idle')
    expect(trace.at(-1)).toBe(last)
    expect(ticketOf(state)).toBe(ticketOf(play(...events).state))
  })
  test('retry that needs a new ticket discards the old one and waits in the queue', () => {
    const waiting = transition(play(...toUploading, failed('rejected')).state, { type: 'retry', ...queued })
    expect(waiting).toMatchObject([{ status: 'idle' }, { type: 'discard', ticket }])
    expect(transition(waiting[0], start)).toMatchObject([{ step: 'presigning' }, { type: 'presign' }])
  })
  test('resume waits in the queue with its ticket and progress, and pause shows the progress again', () => {
    const waiting = play(...toUploading, progressed(0.6), pause, { type: 'resume', ...queued })
    expect(waiting.last).toBe('idle')
    expect(transition(waiting.state, start)[0]).toMatchObject({ step: 'ready', progress: 0.6, attempt: 2 })
    expect(transition(waiting.state, pause)[0]).toMatchObject({
      status: 'uploading',
      paused: true,
      progress: 0.6,
      attempt: 1,
    })
    expect(transition(waiting.state, cancel)[1]).toEqual({ type: 'discard', ticket })
  })
})

describe('automatic recovery', () => {
  test('recovery renews an expired ticket and keeps the progress', () => {
    const { state, last } = play(...toUploading, progressed(0.6), failed('expired'))
    expect(last).toBe('starting.presigning -> presign')
    expect(state).toMatchObject({ ticketToRenew: ticket, progress: 0.6 })
  })
  test('recovery renews a ticket that expires while it is queued, before the first byte', () => {
    const { state } = play(start, prepared, presigned, { type: 'connected', now: 1000 })
    expect(state).toMatchObject({ step: 'presigning', ticketToRenew: ticket })
  })
  test.each(['gone', 'not-stored', 'mismatch'] as const)('recovery sends lost bytes again (%s)', (code) => {
    const [state, effect] = transition(play(...toUploading).state, failed(code))
    expect(state).toMatchObject({ step: 'presigning', progress: 0 })
    expect(effect).toEqual({ type: 'presign', ticketToDiscard: ticket })
  })
  test('recovery sends only the missing parts again when complete finds parts missing', () => {
    const { state } = play(start, prepared, presignedWith(parts), granted, sent(parts), failed('not-stored'))
    expect(state).toMatchObject({ status: 'starting', step: 'ready', ticket: parts, attempt: 2 })
  })
  test('recovery sends bytes again that confirm did not find', () => {
    const [state, effect] = transition(play(...toConfirming).state, failed('not-stored'))
    expect(state).toMatchObject({ step: 'presigning', attempt: 2 })
    expect(effect).toEqual({ type: 'presign', ticketToDiscard: ticket })
  })
  test('recovery presigns a new ticket when it is too late to renew', () => {
    const [, effect] = transition(play(...toUploading, failed('expired')).state, failed('gone'))
    expect(effect).toEqual({ type: 'presign', ticketToDiscard: ticket })
  })
  test('an upload recovers twice, then fails; a manual retry resets the budget', () => {
    const again = [presigned, granted, failed('expired')]
    const { state, trace } = play(...toUploading, failed('expired'), ...again, ...again)
    expect(state).toMatchObject({ status: 'error', error: { code: 'expired' } })
    expect(trace.filter((step) => step.includes('presigning'))).toHaveLength(3)
    expect(transition(state, retry())[0]).toMatchObject({ step: 'presigning', ticketToRenew: ticket })
  })
  test('an upload recovers only twice when all bytes are sent and lost every time', () => {
    const again = [presigned, granted, progressed(1), failed('mismatch')]
    const { state, trace } = play(...toUploading, progressed(1), failed('mismatch'), ...again, ...again)
    expect(state).toMatchObject({ status: 'error', error: { code: 'mismatch' } })
    expect(trace.filter((step) => step.includes('presigning'))).toHaveLength(3)
  })
  test('progress resets the recovery budget', () => {
    const again = (progress: number) => [presigned, granted, progressed(progress), failed('expired')]
    const { state } = play(...toUploading, failed('expired'), ...[0.1, 0.2, 0.3, 0.4].flatMap(again))
    expect(state).toMatchObject({ status: 'starting', step: 'presigning' })
  })
  test('an upload does not recover from a refusal', () => {
    for (const code of ['forbidden', 'rejected', 'signature', 'too-large', 'unauthorized'] as const) {
      expect(play(...toUploading, failed(code)).state.status).toBe('error')
    }
  })
})

describe('cancel', () => {
  test('cancel before presign discards nothing', () => {
    expect(play(start, cancel).last).toBe('idle')
  })
  test('cancel discards the ticket of an upload in progress', () => {
    expect(play(...toUploading, cancel).last).toBe('idle -> discard')
  })
  test('cancel discards bytes that are stored and not confirmed', () => {
    expect(play(...toConfirming, cancel).last).toBe('idle -> discard')
  })
  test('cancel has no effect after confirm succeeded', () => {
    expect(play(...toConfirming, confirmed, cancel).last).toBe('cancel ignored')
  })
  test('cancel keeps the queue from starting the item until it is retried', () => {
    expect(play(start, cancel, start, retry(), start).trace.slice(2)).toEqual([
      'start ignored',
      'idle',
      'starting.preparing -> prepare',
    ])
  })
})

test('a paused upload sends nothing until it is resumed', () => {
  expect(play(...toUploading, pause, progressed(0.9), sent(), resume).trace.slice(4)).toEqual([
    'uploading.paused',
    'progressed ignored',
    'sent ignored',
    'uploading -> send',
  ])
})

describe('pause', () => {
  const held = { status: 'idle', canceled: false, held: true }
  test.each([
    ['waiting', []],
    ['preparing', [start]],
    ['presigning', [start, prepared]],
    ['ready', [start, prepared, presigned]],
    ['waiting for the network', [start, prepared, { type: 'retryScheduled', error: errorOf('network') }]],
  ] as [string, Event[]][])('pause holds an upload that is %s until it is resumed', (_name, events) => {
    const { state } = play(...events, pause)
    expect(state).toMatchObject(held)
    expect(transition(state, pause)[0]).toBe(state)
    expect(transition(state, start)[0]).toBe(state)
    expect(transition(state, retry())[0]).toBe(state)
    const [resumed, effect] = transition(state, resume)
    expect(resumed).toMatchObject({ ...held, held: false })
    expect(effect).toBeUndefined()
    expect(transition(resumed, start)[0].status).toBe('starting')
  })
  test('pause keeps the ticket, and cancel discards it', () => {
    const ready = [start, prepared, presigned]
    expect(play(...ready, pause, resume, start).last).toBe('starting.ready -> acquire')
    expect(transition(play(...ready, pause).state, cancel)).toEqual([
      { status: 'idle', canceled: true, held: false },
      { type: 'discard', ticket },
    ])
  })
  test('pause keeps stored bytes: the upload stays uploading and resumes with its ticket', () => {
    const stopped = [...toUploading, progressed(0.6), failed('network'), retry(), pause]
    const { state } = play(...stopped)
    expect(state).toMatchObject({ status: 'uploading', paused: true, progress: 0.6, attempt: 1 })
    expect(play(...stopped, resume)).toMatchObject({
      last: 'uploading -> send',
      state: { progress: 0.6, attempt: 2 },
    })
  })
  test('pause defers a renewal until the upload is resumed', () => {
    const { state } = play(...toUploading, progressed(0.6), failed('expired'), pause, resume)
    expect(state).toMatchObject({
      status: 'starting',
      step: 'presigning',
      ticketToRenew: ticket,
      progress: 0.6,
    })
  })
  test('resume renews a ticket that expired during the pause, before a byte is sent', () => {
    const [state] = transition(play(...toUploading, pause).state, { type: 'resume', now: 1000 })
    expect(state).toMatchObject({ status: 'starting', step: 'presigning', ticketToRenew: ticket })
  })
  test('a finishing upload continues after pause, and pause has no effect on a settled one', () => {
    expect(play(...toConfirming, pause).last).toBe('finishing.confirming')
    expect(play(...toConfirming, pause, pause).last).toBe('pause ignored')
    expect(play(...toConfirming, pause, confirmed).state.status).toBe('done')
    expect(play(...toConfirming, confirmed, pause).last).toBe('pause ignored')
    expect(play(start, cancel, pause).last).toBe('pause ignored')
    expect(play(start, failed('unknown'), pause).last).toBe('pause ignored')
  })
})

describe('an object that the backend deleted', () => {
  const deleted: Event = { type: 'deleted', ticket }
  const failedAt = (...events: Event[]) => play(...events, failed('unauthorized')).state
  test.each([
    ['confirm', toConfirming],
    ['sending', toUploading],
  ])(
    'a deleted object after an error at %s makes retry start with presign, without a discard',
    (_name, events) => {
      const [state, effect] = transition(failedAt(...events), deleted)
      expect(state).toMatchObject({ status: 'error', error: { code: 'unauthorized' } })
      expect(effect).toBeUndefined()
      expect(ticketOf(state)).toBeUndefined()
      expect(transition(state, retry())).toMatchObject([
        { status: 'starting', step: 'presigning', progress: 0 },
        { type: 'presign' },
      ])
    },
  )
  test('an upload whose object is deleted during a retry starts again at once', () => {
    const [confirming] = transition(failedAt(...toConfirming), retry())
    expect(transition(confirming, deleted)).toMatchObject([
      { status: 'starting', step: 'presigning', attempt: 2 },
      { type: 'presign' },
    ])
  })
  test('an upload whose object is deleted during a paused retry starts again on resume', () => {
    const [ready] = transition(failedAt(...toUploading, progressed(0.5)), retry())
    const [paused] = transition(ready, pause)
    const [state, effect] = transition(paused, deleted)
    expect(state).toMatchObject({ status: 'idle', held: true })
    expect(effect).toBeUndefined()
  })
  test('a deletion does not affect another ticket, a result or a canceled upload', () => {
    const other: Event = { type: 'deleted', ticket: { ...ticket, key: 'other' } }
    expect(play(...toConfirming, failed('unauthorized'), other).last).toBe('deleted ignored')
    expect(play(...toConfirming, confirmed, deleted).last).toBe('deleted ignored')
    expect(play(...toConfirming, cancel, deleted).last).toBe('deleted ignored')
    expect(play(start, deleted).last).toBe('deleted ignored')
  })
})

const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  fc.constantFrom<Event>(
    start,
    prepared,
    presigned,
    granted,
    sent(),
    sent(parts),
    assembled,
    confirmed,
    cancel,
    pause,
    resume,
    { type: 'resume', now: 2000 },
    { type: 'deleted', ticket },
    checkPending,
  ),
  fc.constant(presignedWith(parts)),
  fc.double({ min: 0, max: 1, noNaN: true }).map(progressed),
  fc.constantFrom(...uploadErrorCodes).map(failed),
  fc.constantFrom(0, 2000).map(retry),
  fc.constantFrom<Event>(
    { type: 'retry', ...queued },
    { type: 'resume', ...queued },
    { type: 'retry', queued: true, now: 2000 },
    { type: 'resume', queued: true, now: 2000 },
  ),
  fc.constantFrom<Event>({ type: 'retried' }, { type: 'retryScheduled', error: errorOf('network') }),
  fc.constant<Event>({ type: 'connected', now: 2000 }),
)

function playAny(
  events: readonly Event[],
  look: (before: State, event: Event, after: ReturnType<typeof transition<string>>) => void,
) {
  let state = idle
  for (const event of events) {
    const step = transition(state, event)
    look(state, event, step)
    state = step[0]
  }
}

test('a step reports `retrying` until it is retried, makes progress or settles', () => {
  const held: Event = { type: 'retryScheduled', error: errorOf('network') }
  const waits = (...events: Event[]) => play(...events).state
  expect(waits(start, held)).not.toHaveProperty('retrying')
  expect(waits(start, prepared, held)).toMatchObject({ step: 'presigning', retrying: true })
  expect(waits(start, prepared, held, presigned)).toMatchObject({ step: 'ready', retrying: false })
  expect(waits(...toUploading, held)).toMatchObject({ retrying: true, attempt: 1 })
  expect(waits(...toUploading, held, { type: 'retried' })).toMatchObject({ retrying: false, attempt: 2 })
  expect(waits(...toUploading, held, progressed(0.5))).toMatchObject({ retrying: false })
  expect(waits(...toUploading, held, pause)).toMatchObject({ paused: true, retrying: false })
  expect(waits(...toUploading, pause, held)).toMatchObject({ paused: true, retrying: false })
  expect(waits(...toConfirming, held)).toMatchObject({ step: 'confirming', retrying: true })
  expect(waits(...toConfirming, held, { type: 'retried' }, confirmed)).toMatchObject({ status: 'done' })
})

describe('any sequence of events', () => {
  const run = (look: Parameters<typeof playAny>[1]) =>
    fc.assert(
      // Half of the sequences begin after the bytes are stored, which random events seldom reach.
      fc.property(fc.constantFrom([], toConfirming), fc.array(anyEvent, { maxLength: 40 }), (begun, events) =>
        playAny([...begun, ...events], look),
      ),
      { numRuns: 500 },
    )

  test('a busy step has exactly one effect, and an ignored event has none', () => {
    run((before, event, [after, effect]) => {
      if (after === before) return expect(effect).toBeUndefined()
      if (['progressed', 'retryScheduled', 'retried'].includes(event.type))
        return expect(effect).toBeUndefined()
      // The step goes on.
      if (before.status === 'finishing' && (event.type === 'pause' || event.type === 'resume'))
        return expect(effect).toBeUndefined()
      const waits = isBusy(after) && !(after.status === 'uploading' && after.paused)
      if (waits) expect(effect).toBeDefined()
      else if (effect) expect(effect.type).toBe('discard')
    })
  })
  test('progress never decreases while a ticket is valid', () => {
    run((before, _event, [after]) => {
      if (before.status === 'uploading' && after.status === 'uploading') {
        expect(after.progress).toBeGreaterThanOrEqual(before.progress)
      }
    })
  })
  test('done is reached only by an answer to confirm', () => {
    run((before, event, [after]) => {
      if (after.status === 'done' && before !== after) {
        expect(event.type).toBe('confirmed')
        expect(before).toMatchObject({
          status: 'finishing',
          step: expect.stringMatching(/confirming|checking/),
        })
      }
    })
  })
  test('a paused or held upload sends no request until the user resumes or retries it', () => {
    run((before, event, [after, effect]) => {
      const stopped =
        (before.status === 'idle' && before.held) || (before.status === 'uploading' && before.paused)
      if (!stopped || event.type === 'resume' || event.type === 'cancel') return
      expect(effect).toBeUndefined()
      expect(['idle', 'uploading']).toContain(after.status)
    })
  })
  test('pause stops every step except finishing', () => {
    run((_before, _event, [state]) => {
      const [paused] = transition(state, pause)
      if (isBusy(paused) && paused.status !== 'finishing')
        expect(paused).toMatchObject({ status: 'uploading', paused: true })
    })
  })
  test('a ticket is never dropped without a discard, a renewal or an answer', () => {
    run((before, event, [after, effect]) => {
      if (event.type === 'deleted') return
      const held = ticketOf(before)
      if (!held || after === before || after.status === 'done' || ticketOf(after) === held) return
      if (ticketOf(after)) return // renewed: the effect runner discards the old ticket if its key differs
      expect([
        { type: 'discard', ticket: held },
        { type: 'presign', ticketToDiscard: held },
      ]).toContainEqual(effect)
    })
  })
})
