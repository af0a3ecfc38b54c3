import type { UploadErrorCode } from '../../protocol/errors.ts'

/** Errors that a renewed signature may fix. The upload then keeps its key and its stored parts. */
export const renewableCodes: readonly UploadErrorCode[] = ['expired', 'clock-skew', 'signature', 'forbidden']
/** Errors that mean that the sent bytes are not in storage. */
export const lostBytesCodes: readonly UploadErrorCode[] = ['gone', 'not-stored', 'mismatch']
/** Errors that mean that storage refuses the bytes. The upload then restarts with a new ticket. */
export const refusedBytesCodes: readonly UploadErrorCode[] = ['rejected', 'too-large', 'wrong-type']
const recoverableCodes: readonly UploadErrorCode[] = ['expired', 'clock-skew', ...lostBytesCodes]
const maxRecoveries = 2

/**
 * Whether the upload recovers from an error automatically. `recoveries` is the number of recoveries since the last
 * progress.
 */
export const canRecover = (code: UploadErrorCode, recoveries: number): boolean =>
  recoveries < maxRecoveries && recoverableCodes.includes(code)
