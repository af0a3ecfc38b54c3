import type { Browser, LaunchOptions } from 'playwright'
import { launchChromium } from '../chromium.ts'
import { firefoxOptions } from './firefox.ts'
import { testBrowser } from './test-browser.ts'

let shared: Promise<Browser> | undefined

/**
 * The browser that all files of a run share. Vitest runs them one after the other in one process, and a launch takes a
 * second of CPU time. It ends with that process: close its contexts with `closeContexts`.
 */
export const shareBrowser = (): Promise<Browser> => (shared ??= launchBrowser())

/** Closes all pages of a browser that others use later. */
export async function closeContexts(browser: Browser): Promise<void> {
  await Promise.all(browser.contexts().map((context) => context.close()))
}

/** Launches the browser of this run by Playwright, with options that the shared one does not have. */
export async function launchBrowser(options: LaunchOptions = {}): Promise<Browser> {
  if (testBrowser === 'chromium') return launchChromium(options)
  const { firefox } = await import('playwright')
  const { firefoxUserPrefs, ...rest } = firefoxOptions()
  return firefox.launch({
    ...rest,
    ...options,
    firefoxUserPrefs: { ...firefoxUserPrefs, ...options.firefoxUserPrefs },
  })
}
