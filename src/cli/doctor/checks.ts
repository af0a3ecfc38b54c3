import { callBackend, checkBackendCors, fetchResultUrl, describeRejection } from './backend-client.ts'
import type { ConfirmResult, DoctorTarget } from './backend-client.ts'
import type { ProtocolError, DoctorTicket } from './backend-response.ts'
import { isUploadErrorCode } from '../../protocol/error-answer.ts'
import type { StoreFeature } from '../../protocol/wire.ts'
import { crc64OfBytes } from '../../transport/checksum.ts'
import { failed, passed, warned } from './finding.ts'
import type { Finding } from './finding.ts'
import { isRootCause } from './storage-failure.ts'
import type { StorageResponse } from './storage-failure.ts'
import { checkEarlyPreflight, checkPreflight } from './preflight-checks.ts'
import { checkStore, checkTicket, checkUploadResponse, lacksPost, sendToStorage } from './storage-checks.ts'

/** Makes two uploads and checks each step. Stops if a step fails that later steps need. */
export async function* runChecks(target: DoctorTarget): AsyncGenerator<Finding> {
  yield* checkBackendCors(target)
  const presignResult = await requestTicket(target)
  yield presignResult.finding
  if (!presignResult.ticket) return
  yield* checkUpload(presignResult.ticket, target)
}

/**
 * Checks an upload with a ticket. If the store does not support POST, requests a ticket of another kind, as
 * `httpEndpoints` does in a page.
 */
async function* checkUpload(ticket: DoctorTicket, target: DoctorTarget): AsyncGenerator<Finding> {
  yield* checkTicket(ticket, target)
  yield* checkStore(ticket)
  // Reports the findings about the preflight after the upload. A wrong access key or bucket makes the preflight fail too,
  // and only the response to the upload names that cause.
  const preflightFindings: Finding[] = []
  for await (const finding of checkPreflight(ticket, target)) preflightFindings.push(finding)
  const confirmBeforeUpload = await requestConfirm(ticket, target)
  const oversizedUpload = await sendToStorage(ticket, Uint8Array.from([...target.bytes, 0]), target)
  const upload = await sendToStorage(ticket, target.bytes, target)
  const replacementTicket = lacksPost(upload, ticket)
    ? (await requestTicket(target, ['post'])).ticket
    : undefined
  if (replacementTicket && replacementTicket.kind !== ticket.kind) {
    const { status } = upload
    const fact = `it does not support POST (${status}), and the backend signed a ${replacementTicket.kind.toUpperCase()} instead`
    const fix = [
      'Uploads arrive. To save the first refused request of each server process: s3Storage({ …, post: false }).',
    ]
    yield warned('store', fact, fix)
    yield* checkUpload(replacementTicket, target)
    return
  }

  if (!isRootCause(upload)) yield* preflightFindings
  const mayUpload = preflightFindings.every(({ verdict }) => verdict === 'passed')
  if (ticket.kind === 'post' && upload.ok && mayUpload) yield* checkEarlyPreflight(target)
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
  yield* checkVerification(ticket, confirmResult)
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

/** Reports whether storage has verified the bytes. Reports nothing if the result of `onConfirm` has no `verified`. */
function* checkVerification({ checksum }: DoctorTicket, { result }: ConfirmResult): Generator<Finding> {
  const { verified } = Object(result) as { readonly verified?: unknown } // Object() makes an object of any value
  if (verified === true) yield passed('checksum', 'storage has the CRC64NVME of the sent bytes')
  else if (verified === false) {
    const reason = checksum ? 'kept none' : 'supports none'
    yield passed('checksum', `storage ${reason}, so uploads have verified: false; their size is checked`)
  }
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

async function requestTicket(
  target: DoctorTarget,
  refused: readonly StoreFeature[] = [],
): Promise<{ finding: Finding; ticket?: DoctorTicket }> {
  const response = await callBackend(target, {
    type: 'presign',
    files: [
      {
        id: 'doctor',
        size: target.bytes.length,
        ...target.file,
        ...(refused.length > 0 && { refused }),
      },
    ],
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
    receipts: [
      {
        id: 'doctor',
        token: ticket.token,
        ...(ticket.checksum && {
          checksum: { algorithm: ticket.checksum, value: crc64OfBytes(target.bytes) },
        }),
      },
    ],
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
    yield warned(step, 'not checked, because the result of onConfirm has no url', [
      'To check it, let onConfirm also return the url of the upload, here or on a test server.',
    ])
    return
  }
  const { status, bytes } = await readResultObject(new URL(url, target.endpoint), target)
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

/** Reads the object at the URL in a result. Returns no bytes if the connection fails before the whole body is read. */
async function readResultObject(
  url: URL,
  target: DoctorTarget,
): Promise<{ status?: number; bytes?: Uint8Array }> {
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
