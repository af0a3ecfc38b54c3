import { readFileSync } from 'node:fs'
import { format } from 'oxfmt'
import type { FormatConfig } from 'oxfmt'

const options = JSON.parse(
  readFileSync(new URL('../../.oxfmtrc.json', import.meta.url), 'utf8'),
) as FormatConfig

/** Returns a text as `npm run format` would write it to a file of this name. */
export async function formatted(path: string, source: string): Promise<string> {
  const { code, errors } = await format(path, source, options)
  if (errors[0]) throw new Error(`${path}: ${errors[0].message}`)
  return code
}
