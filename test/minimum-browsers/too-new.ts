import { readFileSync } from 'node:fs'
import type { BrowserName, Identifier, SimpleSupportStatement } from '@mdn/browser-compat-data/types'

const { browserslist } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  browserslist: readonly string[]
}

/** Names of browsers in `browserslist` that MDN spells in another way. */
const mdnNames: Readonly<Record<string, BrowserName>> = { ios_saf: 'safari_ios' }

/** The minimum versions in `browserslist` of package.json. */
const minimums = browserslist.map((query): readonly [BrowserName, number] => {
  const [, name = '', version = ''] = /^(\w+) >= ([\d.]+)$/.exec(query) ?? []
  return [mdnNames[name] ?? (name as BrowserName), Number(version)]
})

const versionOf = (text: string | false) =>
  text === false ? Infinity : Number.parseFloat(text.replace('≤', '')) || Infinity

const isIn = (version: number) => (statement: SimpleSupportStatement) =>
  !statement.flags &&
  !statement.prefix &&
  !statement.alternative_name &&
  versionOf(statement.version_added) <= version &&
  (statement.version_removed === undefined || versionOf(statement.version_removed) > version)

/**
 * Whether a minimum browser lacks a feature, by MDN's compatibility data (`@mdn/browser-compat-data`). `false` for a
 * feature that is not in the data.
 */
export function isTooNew(feature: Identifier | undefined): boolean {
  const support = feature?.__compat?.support
  if (!support) return false
  return minimums.some(([browser, version]) => ![support[browser] ?? []].flat().some(isIn(version)))
}
