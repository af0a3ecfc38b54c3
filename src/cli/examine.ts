import { call, checkBackendCors, readNamedUrl, refusedBy } from './backend.ts'
import type { Confirmed, Patient, Ticket } from './backend.ts'
import { failed, passed, warned } from './finding.ts'
import type { Finding } from './finding.ts'
import { checkPreflight, checkTicket, checkUploadAnswer, send } from './storage.ts'

/** Goes the way of two uploads, step by step. Ends where a step failed without which the next make no sense. */
export async function* examine(patient: Patient): AsyncGenerator<Finding> {
  yield* checkBackendCors(patient)
  const first = await presign(patient)
  yield first.finding
  if (!first.ticket) return
  const { ticket } = first
  yield* checkTicket(ticket, patient)
  yield* checkPreflight(ticket, patient)

  const early = await confirm(ticket, patient)
  yield early.code === 'not-stored'
    ? passed('confirm before the upload', 'refused: not-stored')
    : failed('confirm before the upload', `answered ${early.code ?? 'a result'} and not not-stored`, [
        'Confirm must look whether the object is there (HeadObject) before it answers a result.',
      ])

  const more = await send(ticket, Uint8Array.from([...patient.bytes, 0]), patient)
  yield more.ok
    ? failed('a byte too many', 'storage took it', [
        'The signature holds no size. Sign Content-Length (PUT: ContentLength in the command), or put a',
        'content-length-range into the policy (POST). s3Storage does both.',
      ])
    : passed('a byte too many', `storage refused it (${more.status})`)

  const sent = await send(ticket, patient.bytes, patient)
  yield* checkUploadAnswer(sent, ticket, patient)
  if (!sent.ok) return

  const confirmed = await confirm(ticket, patient)
  yield confirmed.code === undefined
    ? passed('confirm', 'the backend answers a result')
    : failed('confirm', refusedBy(confirmed), [adviceFor(confirmed.code)])
  if (confirmed.code !== undefined) return
  const again = await confirm(ticket, patient)
  yield again.code === undefined
    ? passed('confirm again', 'the same receipt is answered again')
    : failed('confirm again', refusedBy(again), [
        'A browser whose connection broke asks again: let onConfirm upsert on upload.id.',
      ])
  yield* checkReplay(ticket, confirmed, patient)
  yield* checkDiscard(patient)
}

async function presign(patient: Patient): Promise<{ finding: Finding; ticket?: Ticket }> {
  const answer = await call(patient, {
    type: 'presign',
    files: [{ id: 'doctor', size: patient.bytes.length, ...patient.file }],
  })
  const [entry] = answer.body.tickets ?? []
  const error = entry?.error ?? answer.body.error
  if (entry?.ticket?.token !== undefined) {
    const { kind, key } = entry.ticket
    return { ticket: entry.ticket, finding: passed('presign', `a ${kind} ticket for ${key}`) }
  }
  const found = error ? refusedBy(error) : answer.problem
  return { finding: failed('presign', found, [error ? adviceFor(error.code) : answer.advice]) }
}

async function confirm(ticket: Ticket, patient: Patient): Promise<Confirmed> {
  const { body, problem } = await call(patient, {
    type: 'confirm',
    receipts: [{ id: 'doctor', token: ticket.token }],
  })
  const [entry] = body.results ?? []
  const error = entry?.error ?? body.error
  if (error) return error
  return entry && 'result' in entry ? { result: entry.result } : { code: 'invalid-answer', message: problem }
}

/** What was confirmed must not change by a ticket that is used again, nor go by a discard. */
async function* checkReplay(
  ticket: Ticket,
  { result }: Confirmed,
  patient: Patient,
): AsyncGenerator<Finding> {
  const step = 'the ticket and a discard after confirm'
  const changed = patient.bytes.map((byte, index) => (index < 64 ? byte : byte ^ 1))
  await send(ticket, changed, patient)
  await call(patient, { type: 'confirm', receipts: [{ id: 'doctor', token: ticket.token }] })
  await call(patient, { type: 'discard', tokens: [ticket.token] })

  const url = typeof result === 'object' && result !== null && 'url' in result ? result.url : undefined
  if (typeof url !== 'string' || !URL.canParse(url, patient.endpoint)) {
    yield warned(step, 'the result has no url, so what became of the object could not be seen')
    return
  }
  const seen = await readNamedUrl(new URL(url, patient.endpoint), patient).catch(() => undefined)
  const bytes = seen?.ok === true ? new Uint8Array(await seen.arrayBuffer()) : undefined
  yield bytes === undefined
    ? failed(step, `the object could not be read any more (${seen?.status ?? 'no answer'})`, [
        'A discard deleted what was confirmed, or its address is wrong: look at publicUrl and onDiscard.',
        'With promote: false, onDiscard must return false for what is confirmed.',
      ])
    : bytes.length === patient.bytes.length && bytes.every((byte, index) => byte === patient.bytes[index])
      ? passed(step, 'the object is still the one that was confirmed')
      : failed(step, 'the object is another one now', [
          'Copy what was verified to a key that no ticket reaches (promote: true), or sign If-None-Match: *.',
        ])
}

async function* checkDiscard(patient: Patient): AsyncGenerator<Finding> {
  const { ticket, finding } = await presign(patient)
  if (!ticket) {
    yield finding
    return
  }
  await send(ticket, patient.bytes, patient)
  const { status, problem } = await call(patient, { type: 'discard', tokens: [ticket.token] })
  const { code } = await confirm(ticket, patient)
  yield status !== 200
    ? failed('discard', problem, ['Answer 200 and {} to a discard.'])
    : code === 'not-stored'
      ? passed('discard', 'the bytes are gone')
      : failed('discard', `a confirm after it answered ${code ?? 'a result'}`, [
          'Let discard delete the object, and give the key s3:DeleteObject on the prefix of uploads.',
        ])
}

function adviceFor(code = ''): string {
  return advice[code] ?? `See docs/errors.md#${code}.`
}

const advice: Readonly<Record<string, string>> = {
  unauthorized: "Sign in: --header 'cookie: …' or --header 'authorization: …', as your page sends it.",
  'not-found': 'Name the route: --route photos. Where the whole answer is 404, mount the handler for POST.',
  'wrong-type': 'The route takes other files: --file cat.pdf --type application/pdf',
  'too-small': 'The route takes larger files: --file …',
  rejected: 'The message says why. What `input` wants is given by --meta \'{"album":1}\'.',
  unavailable:
    'The reason is in the log of the backend (onError). Often: no AWS credentials, the wrong region, or a policy\n' +
    'that lacks a permission: npx putaway bucket <name> --origin … prints the right one.',
  'not-stored': 'The backend looks into another bucket or at another key than it signed for.',
  mismatch: 'Storage has something else than was sent. A proxy in between may change it.',
}
