import { callBackend, checkBackendCors, fetchResultUrl, describeRejection } from './backend-client.ts'
import type { ConfirmResult, DoctorTarget } from './backend-client.ts'
import type { ProtocolError, DoctorTicket } from './backend-response.ts'
import { isUploadErrorCode } from '../../protocol/error-answer.ts'
import { failed, passed, warned } from './finding.ts'
import type { Finding } from './finding.ts'
import { isRootCause } from './storage-failure.ts'
import type { StorageResponse } from './storage-failure.ts'
import { checkPreflight, checkTicket, checkUploadResponse, sendToStorage } from './storage-checks.ts'

/** Runs two uploads step by step. Stops at a failed step that the next steps depend on. */
export async function* runChecks(target: DoctorTarget): AsyncGenerator<Finding> {
  yield* checkBackendCors(target)
  const presignResult = await requestTicket(target)
  yield presignResult.finding
  if (!presignResult.ticket) return
  const { ticket } = presignResult
  yield* checkTicket(ticket, target)
  // Reports findings about the preflight after the upload. A wrong key or bucket makes the preflight fail too, but
  // only the response to the upload names that cause.
  const preflightFindings: Finding[] = []
  for await (const finding of checkPreflight(ticket, target)) preflightFindings.push(finding)
  const confirmBeforeUpload = await requestConfirm(ticket, target)
  const oversizedUpload = await sendToStorage(ticket, Uint8Array.from([...target.bytes, 0]), target)
  const upload = await sendToStorage(ticket, target.bytes, target)

  if (!isRootCause(upload)) yield* preflightFindings
  if (upload.ok || confirmBeforeUpload.code !== 'unavailable') yield checkEarlyConfirm(confirmBeforeUpload)
  if (upload.ok || oversizedUpload.ok) yield checkOversizedUpload(oversizedUpload)
  yield* checkUploadResponse(upload, ticket, target)
  if (!upload.ok) return

  const confirmResult = await requestConfirm(ticket, target)
  yield confirmResult.code === undefined
    ? passed('confirm', 'the backend returned a result')
    : failed(
        'confirm',
        describeRejection(confirmResult),
        [
          confirmResult.code === 'unavailable'
            ? 'Allow the signing key s3:GetObject on the uploads prefix and s3:PutObject on the files prefix, or mend ' +
              'onConfirm. The backend log (onError) has the reason.'
            : adviceForCode(confirmResult.code),
        ],
        { evidence: 'The upload was stored, and confirm failed.', ...sectionOf(confirmResult) },
      )
  if (confirmResult.code !== undefined) return
  const repeatedConfirm = await requestConfirm(ticket, target)
  yield repeatedConfirm.code === undefined
    ? passed('confirm again', 'the backend returned a result for the same receipt')
    : failed(
        'confirm again',
        describeRejection(repeatedConfirm),
        ['A browser confirms again after a lost connection. Make onConfirm upsert on upload.id.'],
        sectionOf(repeatedConfirm),
      )
  yield* checkTicketReuse(ticket, confirmResult, target)
  yield* checkDiscard(target)
}

function checkEarlyConfirm({ code, message }: ConfirmResult): Finding {
  const step = 'confirm before the upload'
  if (code === 'not-stored') return passed(step, 'the backend rejected it with not-stored')
  const evidence = `Confirm answered ${code ?? 'a result'}${message === undefined ? '' : `: ${message}`}`
  if (code === 'unavailable')
    return failed(
      step,
      'the backend cannot tell whether an object exists',
      [
        'Allow the signing key s3:GetObject and s3:ListBucket: without it, S3 answers 403 for a missing object.',
      ],
      { evidence, section: 'unavailable' },
    )
  return failed(
    step,
    `the backend answered ${code ?? 'a result'} instead of not-stored`,
    ['Check in confirm that the object exists (HeadObject) before a result is returned.'],
    { evidence, section: 'not-stored' },
  )
}

function checkOversizedUpload({ ok, status }: StorageResponse): Finding {
  const step = 'one byte too many'
  if (!ok) return passed(step, `storage rejected it (${status})`)
  return failed(
    step,
    'storage accepted it, because the signature does not limit the size',
    [
      'Sign Content-Length (PUT: ContentLength in the command), or add a content-length-range to the policy ' +
        '(POST). s3Storage does both.',
    ],
    { section: 'mismatch' },
  )
}

async function requestTicket(target: DoctorTarget): Promise<{ finding: Finding; ticket?: DoctorTicket }> {
  const response = await callBackend(target, {
    type: 'presign',
    files: [{ id: 'doctor', size: target.bytes.length, ...target.file }],
  })
  const [entry] = response.body.tickets ?? []
  const error = entry?.error ?? response.body.error
  if (entry?.ticket?.token !== undefined) {
    const { kind, key } = entry.ticket
    return { ticket: entry.ticket, finding: passed('presign', `a ${kind} ticket for ${key}`) }
  }
  const { evidence, problem, advice, section } = response
  return {
    finding: error
      ? failed('presign', describeRejection(error), [adviceForCode(error.code)], {
          evidence,
          ...sectionOf(error),
        })
      : failed('presign', problem, [advice], { evidence, section }),
  }
}

async function requestConfirm(ticket: DoctorTicket, target: DoctorTarget): Promise<ConfirmResult> {
  const { body, problem } = await callBackend(target, {
    type: 'confirm',
    receipts: [{ id: 'doctor', token: ticket.token }],
  })
  const [entry] = body.results ?? []
  const error = entry?.error ?? body.error
  if (error) return error
  return entry && 'result' in entry ? { result: entry.result } : { code: 'invalid-answer', message: problem }
}

/** Checks that neither a reused ticket nor a discard changes a confirmed object. */
async function* checkTicketReuse(
  ticket: DoctorTicket,
  { result }: ConfirmResult,
  target: DoctorTarget,
): AsyncGenerator<Finding> {
  const step = 'ticket reuse and discard after confirm'
  const changedBytes = target.bytes.map((byte, index) => (index < 64 ? byte : byte ^ 1))
  await sendToStorage(ticket, changedBytes, target)
  await callBackend(target, { type: 'confirm', receipts: [{ id: 'doctor', token: ticket.token }] })
  await callBackend(target, { type: 'discard', tokens: [ticket.token] })

  const url = typeof result === 'object' && result !== null && 'url' in result ? result.url : undefined
  if (typeof url !== 'string' || !URL.canParse(url, target.endpoint)) {
    yield warned(step, 'the result has no url, so the object could not be checked')
    return
  }
  const { status, bytes } = await readResult(new URL(url, target.endpoint), target)
  yield bytes === undefined
    ? failed(step, `the object is no longer readable (${status ?? 'no response'})`, [
        'A discard deleted the confirmed object, or its URL is wrong. Check publicUrl and onDiscard.',
        'With promote: false, onDiscard must return false for confirmed uploads.',
      ])
    : bytes.length === target.bytes.length && bytes.every((byte, index) => byte === target.bytes[index])
      ? passed(step, 'the confirmed object is unchanged')
      : failed(step, 'the confirmed object was overwritten', [
          'Copy the verified object to a key that no ticket can write (promote: true), or sign If-None-Match: *.',
        ])
}

/** Reads the object at a result's URL. Returns no bytes if the connection drops, also while the body is read. */
async function readResult(url: URL, target: DoctorTarget): Promise<{ status?: number; bytes?: Uint8Array }> {
  try {
    const response = await fetchResultUrl(url, target)
    if (!response.ok) return { status: response.status }
    return { status: response.status, bytes: new Uint8Array(await response.arrayBuffer()) }
  } catch {
    return {}
  }
}

async function* checkDiscard(target: DoctorTarget): AsyncGenerator<Finding> {
  const { ticket, finding } = await requestTicket(target)
  if (!ticket) {
    yield finding
    return
  }
  await sendToStorage(ticket, target.bytes, target)
  const { status, body, evidence } = await callBackend(target, { type: 'discard', tokens: [ticket.token] })
  const { code } = await requestConfirm(ticket, target)
  yield status !== 200
    ? failed(
        'discard',
        body.error ? describeRejection(body.error) : `the backend answered ${status} instead of 200`,
        ['Allow the signing key s3:DeleteObject on the uploads prefix, and respond with 200 and {}.'],
        { evidence, section: 'unavailable' },
      )
    : code === 'not-stored'
      ? passed('discard', 'the backend deleted the object')
      : failed('discard', `a later confirm answered ${code ?? 'a result'} instead of not-stored`, [
          'Delete the object in discard, and allow the signing key s3:DeleteObject on the uploads prefix.',
        ])
}

const sectionOf = ({ code }: ProtocolError) => (isUploadErrorCode(code) ? { section: code } : {})

function adviceForCode(code = ''): string {
  return (
    (Object.hasOwn(adviceByCode, code) && adviceByCode[code]) ||
    (isUploadErrorCode(code)
      ? 'The section of the docs explains cause and fix.'
      : 'Use a code of the protocol: see node_modules/putaway/docs/protocol.md.')
  )
}

const adviceByCode: Readonly<Record<string, string>> = {
  unauthorized: "Authenticate with --header 'cookie: …' or --header 'authorization: …', as your page does.",
  'not-found': 'Add the route: --route photos. If the response status is 404, mount the handler for POST.',
  'wrong-type': 'The route accepts other types. Choose a file: --file cat.pdf --type application/pdf',
  'too-small': 'The route requires a larger file. Choose one: --file …',
  rejected: 'See the message for the reason. If the route has a metaSchema, add --meta \'{"album":1}\'.',
  unavailable:
    'See the backend log (onError) for the reason: often missing or expired AWS credentials, a wrong region or bucket, ' +
    'or a missing permission (s3:PutObject). This command prints the policy:\n' +
    '  npx putaway bucket <name> --origin <page>',
  'not-stored':
    'The backend checked another bucket or key than it signed. Use the same bucket and prefix for both.',
  mismatch: 'The stored bytes differ from the sent bytes. Check whether a proxy changes the body.',
}
