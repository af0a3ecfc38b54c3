import { printable, printableLines } from '../printable.ts'
import type { Finding } from './finding.ts'
import { redactSecrets } from './redact.ts'

/** A finding in the output of `doctor --json`. */
interface JsonFinding {
  readonly level: 'passed' | 'warning' | 'error'
  readonly step: string
  /** The fact or the problem. */
  readonly what: string
  /** How doctor found it. */
  readonly why?: string
  readonly fix?: string
  /** A page in the installed package, with the section. */
  readonly docs?: string
}

const levelByVerdict = { passed: 'passed', warned: 'warning', failed: 'error' } as const
const markByVerdict = { passed: '✓', warned: '!', failed: '✗' } as const
const colorCodeByVerdict = { passed: 32, warned: 33, failed: 31 } as const
const maxLineLength = 80

/** Returns the path of the page, in the installed package, that explains a finding. */
function docsPageOf({ verdict, section }: Finding): string | undefined {
  if (section !== undefined) return `node_modules/putaway/docs/errors.md#${section}`
  return verdict === 'passed' ? undefined : 'node_modules/putaway/docs/server.md'
}

/** Formats a finding for people. Lines have at most 80 characters, except lines of source code and long words. */
export function formatFinding(finding: Finding, secrets: readonly string[], useColor: boolean): string {
  const { verdict, step, summary, evidence, fix } = finding
  const redact = (text: string) => redactSecrets(text, secrets)
  const colorize = (code: number, text: string) => (useColor ? `\u001b[${code}m${text}\u001b[0m` : text)
  const heading = wrap(printable(redact(`${step}: ${summary}`)), '  ').slice(2)
  const pagePath = verdict === 'passed' ? undefined : docsPageOf(finding)
  return [
    `${colorize(colorCodeByVerdict[verdict], markByVerdict[verdict])} ${heading}`,
    ...(evidence === undefined
      ? []
      : [colorize(2, wrap(printable(redact(`Found by: ${evidence}`)), '    '))]),
    ...(fix === undefined
      ? []
      : printableLines(redact(`Fix: ${fix}`))
          .split('\n')
          .map((line) => wrap(line, '    '))),
    ...(pagePath === undefined ? [] : [colorize(2, `    ${pagePath}`)]),
  ].join('\n')
}

/** Formats all findings as the one JSON document of `doctor --json`. */
export function formatJson(
  findings: readonly Finding[],
  target: { readonly endpoint?: string; readonly origin?: string },
  secrets: readonly string[],
): string {
  const redact = (text: string) => redactSecrets(text, secrets)
  const count = (verdict: Finding['verdict']) =>
    findings.filter((finding) => finding.verdict === verdict).length
  const report = {
    ok: count('failed') === 0,
    ...(target.endpoint !== undefined && { endpoint: redact(target.endpoint) }),
    ...(target.origin !== undefined && { origin: redact(target.origin) }),
    counts: { passed: count('passed'), warnings: count('warned'), errors: count('failed') },
    findings: findings.map((finding): JsonFinding => {
      const docs = docsPageOf(finding)
      return {
        level: levelByVerdict[finding.verdict],
        step: finding.step,
        what: redact(finding.summary),
        ...(finding.evidence !== undefined && { why: redact(finding.evidence) }),
        ...(finding.fix !== undefined && { fix: redact(finding.fix) }),
        ...(docs !== undefined && { docs }),
      }
    }),
  }
  return JSON.stringify(report, null, 2)
}

/** Breaks a line between words. Does not break a line that begins with a space, because such a line is source code. */
function wrap(line: string, indent: string): string {
  if (line.startsWith(' ')) return indent + line
  const lines: string[] = []
  let currentLine = ''
  for (const word of line.split(' ')) {
    if (currentLine !== '' && indent.length + currentLine.length + 1 + word.length > maxLineLength) {
      lines.push(indent + currentLine)
      currentLine = word
    } else currentLine = currentLine === '' ? word : `${currentLine} ${word}`
  }
  return [...lines, indent + currentLine].join('\n')
}
