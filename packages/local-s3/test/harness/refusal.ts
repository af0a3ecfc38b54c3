import assert from 'node:assert/strict'
import { S3ServiceException } from '@aws-sdk/client-s3'

/** A request that S3 refuses, with its accepted counterpart. */
interface Refusal {
  refused: () => Promise<unknown>
  /** The accepted statuses and error codes; without codes any code is accepted. */
  as: readonly [status: number | readonly number[], ...codes: string[]]
  /** Checks the state after the refusal and before the counterpart, for example that nothing was stored. */
  afterRefusal?: () => Promise<void>
  /**
   * The same request with only the refused part corrected. A server that refuses both has another reason than the
   * check names, so every refusal needs it.
   */
  accepted: () => Promise<unknown>
}

/** Asserts that S3 refuses a request. Checks use nothing else for it. Requests are SDK calls or raw. */
export async function refusal({
  refused,
  as: [statuses, ...codes],
  afterRefusal: meanwhile,
  accepted,
}: Refusal) {
  const no = await outcomeOf(refused)
  const status = [statuses].flat().find((one) => one === no.status) ?? [statuses].flat().join(' or ')
  const code = codes.length === 0 || codes.includes(no.code) ? no.code : codes.join(' or ')
  assert.equal(`${no.status} ${no.code}`, `${status} ${code}`)
  await meanwhile?.()
  const yes = await outcomeOf(accepted)
  holds(yes.status < 400, `the twin of a refusal is accepted, and not answered ${yes.status} ${yes.code}`)
}

async function outcomeOf(request: () => Promise<unknown>): Promise<{ status: number; code: string }> {
  try {
    const answer: {
      status?: unknown
      code?: unknown
      $metadata?: { httpStatusCode?: unknown }
      Body?: { transformToByteArray?: () => Promise<unknown> }
    } = Object(await request())
    await answer.Body?.transformToByteArray?.() // an unread body keeps the connection busy
    const status = answer.$metadata?.httpStatusCode ?? answer.status
    if (typeof status !== 'number') assert.fail('A refusal and its twin return the answer of S3.')
    return { status, code: typeof answer.code === 'string' ? answer.code : 'without a code' }
  } catch (error) {
    if (!(error instanceof S3ServiceException)) throw error
    return { status: error.$metadata.httpStatusCode ?? 0, code: error.name }
  }
}

/** `assert.ok` without a message parses source files to make one, which takes minutes under tsx. */
export const holds = (condition: unknown, expectation: string) =>
  assert.ok(condition, `expected: ${expectation}`)

/** Asserts that the value is one of the given ones. */
export const oneOf = <Value>(value: Value, ...allowed: readonly Value[]) =>
  assert.ok(allowed.includes(value), `${String(value)} and not ${allowed.join(' or ')}`)
