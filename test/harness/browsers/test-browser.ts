import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The browsers that the tests run in. */
export type BrowserName = 'chromium' | 'firefox'

/** The browser of this run: `PUTAWAY_BROWSER`, which `npm run test:firefox` sets. */
export const testBrowser: BrowserName = readBrowser(process.env.PUTAWAY_BROWSER || 'chromium')

function readBrowser(name: string): BrowserName {
  if (name === 'chromium' || name === 'firefox') return name
  throw new Error(`PUTAWAY_BROWSER is ${name}. It must be chromium or firefox.`)
}

/** The line that installs a browser. The tests install nothing. */
export const installLines = {
  firefox: 'apt-get install -y --no-install-recommends firefox-esr',
} as const

/** Finds a Firefox to test with: `PUTAWAY_FIREFOX`, or an installed one. */
export function findFirefox(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const paths = ['firefox-esr', 'firefox'].flatMap((name) => folders.map((folder) => join(folder, name)))
  return process.env.PUTAWAY_FIREFOX ?? paths.find(existsSync)
}
