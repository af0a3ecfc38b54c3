import { UploadError } from '../protocol/errors.ts'
import type { UploadErrorCode } from '../protocol/errors.ts'
import { confirmUpload, deleteRejected } from './calls/confirm.ts'
import { isUploadError } from './error-response.ts'
import { createRequestContext } from './request-context.ts'
import type { HandlerState } from './request-context.ts'
import type { UploadUser } from './routes/route.ts'

export interface ResolveUploadOptions {
  /**
   * The user that `verify` and `onConfirm` get, if they need more than the id. Must have the id of the user who uploaded
   * the file. Default: an object with this id.
   */
  readonly user?: UploadUser
  /**
   * The request that `verify` and `onConfirm` get. Required if the handler's `storage` is a function. Default: an empty
   * request.
   */
  readonly request?: Request
}

/** The outcome of `resolveUpload`. */
export type ResolvedUpload =
  /** The file passed and is at its final key. `result` is what the browser would get: the result of `onConfirm`. */
  | { readonly status: 'done'; readonly id: string; readonly route: string; readonly result: unknown }
  /** `verify` still checks the file. Call again after `retryAfter` seconds. */
  | {
      readonly status: 'pending'
      readonly id: string
      readonly route: string
      readonly retryAfter: number
    }
  /**
   * The file was refused and deleted, or is not there any more (`not-stored`). Without `id`, the token is not one of this
   * handler (`forbidden`).
   */
  | { readonly status: 'error'; readonly id?: string; readonly route?: string; readonly error: UploadError }

/** Errors that mean that storage does not have the bytes of the upload any more. */
const missingBytesCodes: readonly UploadErrorCode[] = ['gone', 'not-stored', 'mismatch']

/** Implements `resolveUpload` of a handler. */
export async function resolveUpload(
  token: string,
  { user, request = new Request('http://localhost/', { method: 'POST' }) }: ResolveUploadOptions,
  state: HandlerState,
  report: (thrown: unknown) => void,
): Promise<ResolvedUpload> {
  const context = createRequestContext(state, request, 'confirm', report)
  const { uploadPhase: phase } = context
  let source: { readonly id: string; readonly route: string } | undefined
  try {
    // The app has stored the token, so it has no expiry here.
    const { upload: claims, receipt, scope } = await state.pendingTokenSigner.read(token, phase, true)
    if (scope !== (await state.tokenScope())) {
      const message = 'The token was made for another bucket.'
      throw new UploadError('forbidden', { phase, message })
    }
    source = { id: claims.id, route: claims.route }
    if (user && user.id !== claims.user)
      throw new TypeError('uploads.resolveUpload: `user` is not the user who uploaded the file.')
    const upload = await context.checkUpload(claims, user ?? { id: claims.user })
    if ('thrown' in upload) return await deleteRejected(upload, context)
    const outcome = await confirmUpload(upload, receipt, context)
    return 'pending' in outcome
      ? { status: 'pending', ...source, retryAfter: outcome.pending.retryAfter }
      : { status: 'done', ...source, result: outcome.result }
  } catch (thrown) {
    const isFinal = isUploadError(thrown) && (!thrown.retryable || missingBytesCodes.includes(thrown.code))
    if (isFinal) return { status: 'error', ...source, error: thrown }
    throw thrown
  }
}
