import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The browsers that the tests run in. */
export type BrowserName = 'chromium' | 'firefox' | 'webkit'

/** The browser of this run: `PUTAWAY_BROWSER`, which `npm run test:firefox` and `npm run test:webkit` set. */
export const testBrowser: BrowserName = readBrowser(process.env.PUTAWAY_BROWSER || 'chromium')

function readBrowser(name: string): BrowserName {
  if (name === 'chromium' || name === 'firefox' || name === 'webkit') return name
  throw new Error(`PUTAWAY_BROWSER is ${name}. It must be chromium, firefox or webkit.`)
}

/** The line that installs a browser. The tests install nothing. */
export const installLines = {
  firefox: 'apt-get install -y --no-install-recommends firefox-esr',
  webkit: 'apt-get install -y --no-install-recommends webkit2gtk-driver xvfb xauth',
} as const

/** Finds a program in the PATH. */
export function findProgram(...names: readonly string[]): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(existsSync)
}

/** Finds a Firefox to test with: `PUTAWAY_FIREFOX`, or an installed one. */
export const findFirefox = () => process.env.PUTAWAY_FIREFOX ?? findProgram('firefox-esr', 'firefox')

/** Finds WebKitGTK's small browser, which its WebDriver starts: `PUTAWAY_MINIBROWSER`, or the one of Debian. */
export const findMiniBrowser = () =>
  [process.env.PUTAWAY_MINIBROWSER, ...['4.1', '4.0'].map(miniBrowserOf)].find(
    (path) => path !== undefined && existsSync(path),
  )

const miniBrowserOf = (version: string) => `/usr/lib/x86_64-linux-gnu/webkit2gtk-${version}/MiniBrowser`

/** Whether the programs that a browser needs are on this machine. */
export function isInstalled(browser: keyof typeof installLines): boolean {
  if (browser === 'firefox') return findFirefox() !== undefined
  return [findMiniBrowser(), findProgram('WebKitWebDriver'), findProgram('xvfb-run')].every(Boolean)
}
