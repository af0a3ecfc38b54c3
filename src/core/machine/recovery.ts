import type { UploadErrorCode } from '../../protocol/errors.ts'

/** Errors that a renewed signature may fix. The key and the stored parts are kept. */
export const renewableCodes: readonly UploadErrorCode[] = ['expired', 'clock-skew', 'signature', 'forbidden']
/** Errors that mean that the sent bytes are not in storage. */
export const lostCodes: readonly UploadErrorCode[] = ['gone', 'not-stored', 'mismatch']
/** Errors that mean that storage refuses the bytes: restart with a new ticket. */
export const refusedCodes: readonly UploadErrorCode[] = ['rejected', 'too-large', 'wrong-type']
const recoverableCodes: readonly UploadErrorCode[] = ['expired', 'clock-skew', ...lostCodes]
const maxRecoveries = 2

/** Whether an error is recovered automatically, after so many recoveries without progress. */
export const canRecover = (code: UploadErrorCode, recoveries: number): boolean =>
  recoveries < maxRecoveries && recoverableCodes.includes(code)
