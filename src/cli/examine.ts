import { call, checkBackendCors, readNamedUrl, refusedBy } from './backend.ts'
import type { Confirmed, Patient, Ticket } from './backend.ts'
import { failed, passed, warned } from './finding.ts'
import type { Finding } from './finding.ts'
import { checkPreflight, checkTicket, checkUploadAnswer, send } from './storage.ts'

/** Runs two uploads step by step. Stops at a failed step that the next steps depend on. */
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
    ? passed('confirm before the upload', 'the backend rejected it with not-stored')
    : failed(
        'confirm before the upload',
        `the backend answered ${early.code ?? 'a result'} instead of not-stored`,
        ['Check in confirm that the object exists (HeadObject) before a result is returned.'],
      )

  const more = await send(ticket, Uint8Array.from([...patient.bytes, 0]), patient)
  yield more.ok
    ? failed('one byte too many', 'storage accepted it, because the signature does not limit the size', [
        'Sign Content-Length (PUT: ContentLength in the command), or add a content-length-range to the',
        'policy (POST). s3Storage does both.',
      ])
    : passed('one byte too many', `storage rejected it (${more.status})`)

  const sent = await send(ticket, patient.bytes, patient)
  yield* checkUploadAnswer(sent, ticket, patient)
  if (!sent.ok) return

  const confirmed = await confirm(ticket, patient)
  yield confirmed.code === undefined
    ? passed('confirm', 'the backend returned a result')
    : failed('confirm', refusedBy(confirmed), [adviceFor(confirmed.code)])
  if (confirmed.code !== undefined) return
  const again = await confirm(ticket, patient)
  yield again.code === undefined
    ? passed('confirm again', 'the backend returned a result for the same receipt')
    : failed('confirm again', refusedBy(again), [
        'A browser confirms again after a lost connection. Make onConfirm upsert on upload.id.',
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

/** Checks that neither a reused ticket nor a discard changes a confirmed object. */
async function* checkReplay(
  ticket: Ticket,
  { result }: Confirmed,
  patient: Patient,
): AsyncGenerator<Finding> {
  const step = 'ticket reuse and discard after confirm'
  const changed = patient.bytes.map((byte, index) => (index < 64 ? byte : byte ^ 1))
  await send(ticket, changed, patient)
  await call(patient, { type: 'confirm', receipts: [{ id: 'doctor', token: ticket.token }] })
  await call(patient, { type: 'discard', tokens: [ticket.token] })

  const url = typeof result === 'object' && result !== null && 'url' in result ? result.url : undefined
  if (typeof url !== 'string' || !URL.canParse(url, patient.endpoint)) {
    yield warned(step, 'the result has no url, so the object could not be checked')
    return
  }
  const seen = await readNamedUrl(new URL(url, patient.endpoint), patient).catch(() => undefined)
  const bytes = seen?.ok === true ? new Uint8Array(await seen.arrayBuffer()) : undefined
  yield bytes === undefined
    ? failed(step, `the object is no longer readable (${seen?.status ?? 'no response'})`, [
        'A discard deleted the confirmed object, or its URL is wrong. Check publicUrl and onDiscard.',
        'With promote: false, onDiscard must return false for confirmed uploads.',
      ])
    : bytes.length === patient.bytes.length && bytes.every((byte, index) => byte === patient.bytes[index])
      ? passed(step, 'the confirmed object is unchanged')
      : failed(step, 'the confirmed object was overwritten', [
          'Copy the verified object to a key that no ticket can write (promote: true), or sign If-None-Match: *.',
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
    ? failed('discard', problem, ['Respond to a discard with 200 and {}.'])
    : code === 'not-stored'
      ? passed('discard', 'the backend deleted the object')
      : failed('discard', `a later confirm answered ${code ?? 'a result'} instead of not-stored`, [
          'Delete the object in discard, and allow the signing key s3:DeleteObject on the uploads prefix.',
        ])
}

function adviceFor(code = ''): string {
  return advice[code] ?? `See docs/errors.md#${code}.`
}

const advice: Readonly<Record<string, string>> = {
  unauthorized: "Authenticate with --header 'cookie: …' or --header 'authorization: …', as your page does.",
  'not-found': 'Add the route: --route photos. If the response status is 404, mount the handler for POST.',
  'wrong-type': 'The route accepts other types. Choose a file: --file cat.pdf --type application/pdf',
  'too-small': 'The route requires a larger file. Choose one: --file …',
  rejected: 'See the message for the reason. If the route has a metaSchema, add --meta \'{"album":1}\'.',
  unavailable:
    'See the backend log (onError) for the reason. Frequent causes are missing AWS credentials, a wrong region, and an\n' +
    'IAM policy that lacks a permission. npx putaway bucket <name> --origin … prints the required policy.',
  'not-stored':
    'The backend checked another bucket or key than it signed. Use the same bucket and prefix for both.',
  mismatch: 'The stored bytes differ from the sent bytes. Check whether a proxy changes the body.',
}
