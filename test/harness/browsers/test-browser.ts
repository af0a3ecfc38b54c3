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
  webkit: 'apt-get install -y --no-install-recommends webkit2gtk-driver xvfb',
} as const

/** Finds a Firefox to test with: `PUTAWAY_FIREFOX`, or an installed one. */
export function findFirefox(): string | undefined {
  return process.env.PUTAWAY_FIREFOX ?? findProgram('firefox-esr') ?? findProgram('firefox')
}

/** Finds the WebDriver of a WebKitGTK to test with: `PUTAWAY_WEBKIT_DRIVER`, or an installed one. It starts its browser. */
export function findWebKit(): string | undefined {
  return process.env.PUTAWAY_WEBKIT_DRIVER ?? findProgram('WebKitWebDriver')
}

/** The path of an installed program. */
export function findProgram(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return folders.map((folder) => join(folder, name)).find(existsSync)
}
