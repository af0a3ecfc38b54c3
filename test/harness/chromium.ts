import { existsSync } from 'node:fs'
import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import type { Browser, LaunchOptions } from 'playwright'

/**
 * Launches Chromium, with further arguments if there are any. Tries twice, because Chromium sometimes crashes while it
 * starts on a busy machine (SIGSEGV).
 */
export async function launchChromium({ args = [], ...options }: LaunchOptions = {}): Promise<Browser> {
  const { chromium } = await import('playwright')
  const executablePath = options.executablePath ?? (await findChromium())
  const launch = () => chromium.launch({ ...options, executablePath, args: [...chromiumFlags, ...args] })
  return launch().catch(launch)
}

/** Flags that Chromium needs as root and behind a closed network (field/toolchain.md, "Browser"). */
export const chromiumFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']
const places = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
]

/**
 * Finds a Chromium to test with, in this order: `PUTAWAY_CHROMIUM`, an installed one, Playwright's own, the one
 * inside the npm package `@sparticuz/chromium` (Linux x64). Throws if there is none, because tests are never skipped.
 */
export async function findChromium(): Promise<string> {
  const named = process.env.PUTAWAY_CHROMIUM
  if (named) {
    await access(named, constants.X_OK).catch(() => {
      throw new Error(
        `PUTAWAY_CHROMIUM is ${named}, and nothing that can be run is there. Correct it or unset it.`,
      )
    })
    return named
  }
  const path = (process.env.PATH ?? '').split(delimiter)
  const installed = [...names.flatMap((name) => path.map((folder) => join(folder, name))), ...places].find(
    existsSync,
  )
  if (installed) return installed

  const { chromium } = await import('playwright')
  if (existsSync(chromium.executablePath())) return chromium.executablePath()

  if (process.platform === 'linux' && process.arch === 'x64') {
    const packaged = await import('@sparticuz/chromium')
    return packaged.default.executablePath()
  }
  throw new Error(
    'The browser tests need a Chromium and found none. Install Chrome or Chromium, ' +
      'run "npx playwright install chromium", or set PUTAWAY_CHROMIUM to an executable.',
  )
}
