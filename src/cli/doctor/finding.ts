import type { UploadErrorCode } from '../../protocol/errors.ts'

/** The result of one doctor step. */
export interface Finding {
  readonly verdict: 'passed' | 'warned' | 'failed'
  readonly step: string
  /** The fact or the problem that doctor found, in one sentence. */
  readonly summary: string
  /** The request and the response that show the problem. */
  readonly evidence?: string
  /**
   * The fix to show. Lines are separated by `\n`. A line that begins with a space is source code and is not wrapped.
   */
  readonly fix?: string
  /** The section of docs/errors.md that explains the finding. */
  readonly section?: UploadErrorCode
}

type FindingDetails = Pick<Finding, 'evidence' | 'section'>

export function passed(step: string, summary: string): Finding {
  return { verdict: 'passed', step, summary }
}

export function warned(
  step: string,
  summary: string,
  fix: readonly string[] = [],
  details: FindingDetails = {},
): Finding {
  return {
    verdict: 'warned',
    step,
    summary,
    ...(fix.length > 0 && { fix: fix.join('\n') }),
    ...details,
  }
}

export function failed(
  step: string,
  summary: string,
  fix: readonly string[],
  details: FindingDetails = {},
): Finding {
  return { verdict: 'failed', step, summary, fix: fix.join('\n'), ...details }
}
