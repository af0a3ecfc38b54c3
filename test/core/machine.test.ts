import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isBusy, ticketOf, transition } from '../../src/core/machine.ts'
import type { UploadEvent, UploadState } from '../../src/core/machine.ts'
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
const presignedWith = (of: Ticket): Event => ({ type: 'presigned', ticket: of, endsAt: 1000 })
const presigned = presignedWith(ticket)
const granted: Event = { type: 'granted', now: 0 }
const progressed = (progress: number): Event => ({ type: 'progressed', progress })
const sent = (of: Ticket = ticket): Event => ({ type: 'sent', receipt: receiptOf(of) })
const assembled: Event = { type: 'assembled' }
const confirmed: Event = { type: 'confirmed', result: 'photo' }
const failed = (code: UploadErrorCode): Event => ({ type: 'failed', error: errorOf(code), now: 0 })
const cancel: Event = { type: 'cancel' }
const pause: Event = { type: 'pause' }
const resume: Event = { type: 'resume', now: 0 }
const retry = (now = 0): Event => ({ type: 'retry', now })

/** Plays events from idle; the trace reads as a timetable. */
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

test('a file goes from idle to done with one effect per step', () => {
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

test('the parts of a multipart upload are assembled before it is confirmed', () => {
  const { trace } = play(start, prepared, presignedWith(parts), granted, sent(parts), assembled, confirmed)
  expect(trace.slice(-3)).toEqual([
    'finishing.assembling -> assemble',
    'finishing.confirming -> confirm',
    'done',
  ])
})

describe('retry repeats the failed step', () => {
  test('a failed preparation is prepared again', () => {
    expect(play(start, failed('unknown'), retry()).last).toBe('starting.preparing -> prepare')
  })
  test('a failed presign is presigned again', () => {
    expect(play(start, prepared, failed('unavailable'), retry()).last).toBe('starting.presigning -> presign')
  })
  test('a broken connection waits for a connection with the ticket that it has', () => {
    expect(play(...toUploading, failed('network'), retry()).last).toBe('starting.ready -> acquire')
  })
  test('a failed confirm is confirmed again and does not resend the bytes', () => {
    expect(play(...toConfirming, failed('unavailable'), retry()).last).toBe('finishing.confirming -> confirm')
  })
  test('a ticket that ran out while people waited is renewed before it is used', () => {
    const { state } = play(...toUploading, failed('network'), retry(1000))
    expect(state).toMatchObject({ step: 'presigning', renews: ticket })
  })
  test('a refused file begins with another ticket', () => {
    const [state, effect] = transition(play(...toUploading, failed('rejected')).state, retry())
    expect(state).toMatchObject({ step: 'presigning', progress: 0 })
    expect(effect).toEqual({ type: 'presign', replaced: ticket })
  })
  test('progress is kept over a retry', () => {
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

describe('an upload helps itself', () => {
  test('past a ticket that has run out: it is renewed and keeps its progress', () => {
    const { state, last } = play(...toUploading, progressed(0.6), failed('expired'))
    expect(last).toBe('starting.presigning -> presign')
    expect(state).toMatchObject({ renews: ticket, progress: 0.6 })
  })
  test('past a ticket that would not outlive its wait: it is renewed before the first byte', () => {
    const { state } = play(start, prepared, presigned, { type: 'granted', now: 1000 })
    expect(state).toMatchObject({ step: 'presigning', renews: ticket })
  })
  test.each(['gone', 'not-stored', 'mismatch'] as const)(
    'past bytes that are lost (%s): they go again',
    (code) => {
      const [state, effect] = transition(play(...toUploading).state, failed(code))
      expect(state).toMatchObject({ step: 'presigning', progress: 0 })
      expect(effect).toEqual({ type: 'presign', replaced: ticket })
    },
  )
  test('past parts that are missing when they are put together: only they are sent', () => {
    const { state } = play(start, prepared, presignedWith(parts), granted, sent(parts), failed('not-stored'))
    expect(state).toMatchObject({ status: 'starting', step: 'ready', ticket: parts, attempt: 2 })
  })
  test('past bytes that confirm did not find: they go again', () => {
    const [state, effect] = transition(play(...toConfirming).state, failed('not-stored'))
    expect(state).toMatchObject({ step: 'presigning', attempt: 2 })
    expect(effect).toEqual({ type: 'presign', replaced: ticket })
  })
  test('past a renewal for which it is too late: with another ticket', () => {
    const [, effect] = transition(play(...toUploading, failed('expired')).state, failed('gone'))
    expect(effect).toEqual({ type: 'presign', replaced: ticket })
  })
  test('twice, and then it is an error with a retry that hopes anew', () => {
    const again = [presigned, granted, failed('expired')]
    const { state, trace } = play(...toUploading, failed('expired'), ...again, ...again)
    expect(state).toMatchObject({ status: 'error', error: { code: 'expired' } })
    expect(trace.filter((step) => step.includes('presigning'))).toHaveLength(3)
    expect(transition(state, retry())[0]).toMatchObject({ step: 'presigning', renews: ticket })
  })
  test('twice also where all bytes go out every time and are lost every time', () => {
    const again = [presigned, granted, progressed(1), failed('mismatch')]
    const { state, trace } = play(...toUploading, progressed(1), failed('mismatch'), ...again, ...again)
    expect(state).toMatchObject({ status: 'error', error: { code: 'mismatch' } })
    expect(trace.filter((step) => step.includes('presigning'))).toHaveLength(3)
  })
  test('as often as it gets on', () => {
    const again = (progress: number) => [presigned, granted, progressed(progress), failed('expired')]
    const { state } = play(...toUploading, failed('expired'), ...[0.1, 0.2, 0.3, 0.4].flatMap(again))
    expect(state).toMatchObject({ status: 'starting', step: 'presigning' })
  })
  test('but not past a refusal', () => {
    for (const code of ['forbidden', 'rejected', 'signature', 'too-large', 'unauthorized'] as const) {
      expect(play(...toUploading, failed(code)).state.status).toBe('error')
    }
  })
})

describe('cancel', () => {
  test('leaves nothing to discard before there is a ticket', () => {
    expect(play(start, cancel).last).toBe('idle')
  })
  test('discards the ticket of an upload that is on its way', () => {
    expect(play(...toUploading, cancel).last).toBe('idle -> discard')
  })
  test('discards bytes that are stored and not confirmed', () => {
    expect(play(...toConfirming, cancel).last).toBe('idle -> discard')
  })
  test('comes too late when confirm has won', () => {
    expect(play(...toConfirming, confirmed, cancel).last).toBe('cancel ignored')
  })
  test('keeps the queue from starting the item until it is retried', () => {
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
    ['waiting for the network', [start, prepared, { type: 'held', error: errorOf('network') }]],
  ] as [string, Event[]][])(
    'holds what is %s, and the queue begins it only when it is resumed',
    (_name, events) => {
      const { state } = play(...events, pause)
      expect(state).toMatchObject(held)
      expect(transition(state, pause)[0]).toBe(state)
      expect(transition(state, start)[0]).toBe(state)
      expect(transition(state, retry())[0]).toBe(state)
      const [resumed, effect] = transition(state, resume)
      expect(resumed).toMatchObject({ ...held, held: false })
      expect(effect).toBeUndefined()
      expect(transition(resumed, start)[0].status).toBe('starting')
    },
  )
  test('keeps the ticket that it has, and cancel gives it back', () => {
    const ready = [start, prepared, presigned]
    expect(play(...ready, pause, resume, start).last).toBe('starting.ready -> acquire')
    expect(transition(play(...ready, pause).state, cancel)).toEqual([
      { status: 'idle', canceled: true, held: false },
      { type: 'discard', ticket },
    ])
  })
  test('keeps what is stored: an upload with progress stays uploading, and goes on with its ticket', () => {
    const stopped = [...toUploading, progressed(0.6), failed('network'), retry(), pause]
    const { state } = play(...stopped)
    expect(state).toMatchObject({ status: 'uploading', paused: true, progress: 0.6, attempt: 1 })
    expect(play(...stopped, resume)).toMatchObject({
      last: 'uploading -> send',
      state: { progress: 0.6, attempt: 2 },
    })
  })
  test('keeps a renewal: it is asked for when the upload is resumed', () => {
    const { state } = play(...toUploading, progressed(0.6), failed('expired'), pause, resume)
    expect(state).toMatchObject({ status: 'starting', step: 'presigning', renews: ticket, progress: 0.6 })
  })
  test('outlasts a ticket: it is renewed before a byte is sent', () => {
    const [state] = transition(play(...toUploading, pause).state, { type: 'resume', now: 1000 })
    expect(state).toMatchObject({ status: 'starting', step: 'presigning', renews: ticket })
  })
  test('comes too late for what is finishing, and for what is over', () => {
    expect(play(...toConfirming, pause).last).toBe('pause ignored')
    expect(play(...toConfirming, confirmed, pause).last).toBe('pause ignored')
    expect(play(start, cancel, pause).last).toBe('pause ignored')
    expect(play(start, failed('unknown'), pause).last).toBe('pause ignored')
  })
})

describe('an object that the backend has deleted', () => {
  const deleted: Event = { type: 'deleted', ticket }
  const failedAt = (...events: Event[]) => play(...events, failed('unauthorized')).state
  test.each([
    ['confirm', toConfirming],
    ['sending', toUploading],
  ])('after an error at %s has the retry begin with presign, and no discard', (_name, events) => {
    const [state, effect] = transition(failedAt(...events), deleted)
    expect(state).toMatchObject({ status: 'error', error: { code: 'unauthorized' } })
    expect(effect).toBeUndefined()
    expect(ticketOf(state)).toBeUndefined()
    expect(transition(state, retry())).toMatchObject([
      { status: 'starting', step: 'presigning', progress: 0 },
      { type: 'presign' },
    ])
  })
  test('begins anew at once where a retry is under way', () => {
    const [confirming] = transition(failedAt(...toConfirming), retry())
    expect(transition(confirming, deleted)).toMatchObject([
      { status: 'starting', step: 'presigning', attempt: 2 },
      { type: 'presign' },
    ])
  })
  test('is begun anew on resume where the retry was paused', () => {
    const [ready] = transition(failedAt(...toUploading, progressed(0.5)), retry())
    const [paused] = transition(ready, pause)
    const [state, effect] = transition(paused, deleted)
    expect(state).toMatchObject({ status: 'idle', held: true })
    expect(effect).toBeUndefined()
  })
  test('means nothing to another ticket, to a result, and to what was canceled', () => {
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
  ),
  fc.constant(presignedWith(parts)),
  fc.double({ min: 0, max: 1, noNaN: true }).map(progressed),
  fc.constantFrom(...uploadErrorCodes).map(failed),
  fc.constantFrom(0, 2000).map(retry),
  fc.constantFrom<Event>({ type: 'repeated' }, { type: 'held', error: errorOf('network') }),
  fc.constant<Event>({ type: 'granted', now: 2000 }),
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

test('a step that waits to be tried again says so, until it is tried, gets on or is over', () => {
  const held: Event = { type: 'held', error: errorOf('network') }
  const waits = (...events: Event[]) => play(...events).state
  expect(waits(start, held)).not.toHaveProperty('waiting')
  expect(waits(start, prepared, held)).toMatchObject({ step: 'presigning', waiting: true })
  expect(waits(start, prepared, held, presigned)).toMatchObject({ step: 'ready', waiting: false })
  expect(waits(...toUploading, held)).toMatchObject({ waiting: true, attempt: 1 })
  expect(waits(...toUploading, held, { type: 'repeated' })).toMatchObject({ waiting: false, attempt: 2 })
  expect(waits(...toUploading, held, progressed(0.5))).toMatchObject({ waiting: false })
  expect(waits(...toUploading, held, pause)).toMatchObject({ paused: true, waiting: false })
  expect(waits(...toUploading, pause, held)).toMatchObject({ paused: true, waiting: false })
  expect(waits(...toConfirming, held)).toMatchObject({ step: 'confirming', waiting: true })
  expect(waits(...toConfirming, held, { type: 'repeated' }, confirmed)).toMatchObject({ status: 'done' })
})

describe('whatever comes in whatever order', () => {
  const run = (look: Parameters<typeof playAny>[1]) =>
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 40 }), (events) => playAny(events, look)),
      { numRuns: 500 },
    )

  test('a busy step that is entered has exactly one effect, and an event that is ignored has none', () => {
    run((before, event, [after, effect]) => {
      if (after === before) return expect(effect).toBeUndefined()
      if (['progressed', 'held', 'repeated'].includes(event.type)) return expect(effect).toBeUndefined()
      const waits = isBusy(after) && !(after.status === 'uploading' && after.paused)
      if (waits) expect(effect).toBeDefined()
      else if (effect) expect(effect.type).toBe('discard')
    })
  })
  test('progress never falls while a ticket lives', () => {
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
        expect(before).toMatchObject({ status: 'finishing', step: 'confirming' })
      }
    })
  })
  test('nothing is asked for while an upload is paused or held, until a person says so', () => {
    run((before, event, [after, effect]) => {
      const stopped =
        (before.status === 'idle' && before.held) || (before.status === 'uploading' && before.paused)
      if (!stopped || event.type === 'resume' || event.type === 'cancel') return
      expect(effect).toBeUndefined()
      expect(['idle', 'uploading']).toContain(after.status)
    })
  })
  test('pause stops everything but what is finishing', () => {
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
      if (ticketOf(after)) return // renewed: effects.ts discards the old one where it is another
      expect([
        { type: 'discard', ticket: held },
        { type: 'presign', replaced: held },
      ]).toContainEqual(effect)
    })
  })
})
