import type { NetworkName } from './networks.ts'

/** Result of a scenario, for readers and for programs. */
export interface Measured {
  name: string
  title: string
  /** Notes on the table: floor, calibration, counting. */
  notes: string[]
  columns: string[]
  rows: string[][]
  /** All single measurements. */
  runs: unknown[]
}

export interface Table extends Measured {
  /** Line over which it was measured. */
  line: NetworkName
  /** How long the scenario took. */
  seconds: number
}

export function markdownOf({ name, line: network, title, notes, columns, rows, seconds }: Table) {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [
    `### ${title}${network === 'tcp' ? ', over real TCP' : ''}`,
    '',
    ...notes.map((note) => `${note}  `),
    `\`npm run bench -- --scenario ${name} --line ${network}\` (took ${Math.round(seconds)} s)`,
    '',
    line(columns),
    line(columns.map(() => '---')),
    ...rows.map(line),
  ].join('\n')
}

export function median(values: readonly number[]) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const [low = Number.NaN, high = Number.NaN] = [sorted[(sorted.length - 1) >> 1], sorted[middle]]
  return (low + high) / 2
}

/** The median, and the minimum and maximum if there is more than one run. */
export function spread(values: readonly number[], show: (value: number) => string) {
  if (values.length === 0) return 'void'
  const middle = show(median(values))
  return values.length === 1
    ? middle
    : `${middle} (${show(Math.min(...values))}–${show(Math.max(...values))})`
}

export const seconds = (ms: number) => (ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(2)} s`)
export const factor = (value: number) => value.toFixed(2)
