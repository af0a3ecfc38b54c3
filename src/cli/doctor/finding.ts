/** The result of one doctor step. */
export interface Finding {
  readonly verdict: 'passed' | 'warned' | 'failed'
  readonly step: string
  readonly found: string
  /** The fix to show. Lines are separated by `\n`. */
  readonly fix?: string
}

export function passed(step: string, found: string): Finding {
  return { verdict: 'passed', step, found }
}

export function warned(step: string, found: string, fix: readonly string[] = []): Finding {
  return { verdict: 'warned', step, found, ...(fix.length > 0 && { fix: fix.join('\n') }) }
}

export function failed(step: string, found: string, fix: readonly string[]): Finding {
  return { verdict: 'failed', step, found, fix: fix.join('\n') }
}
