import type { Browser, LaunchOptions } from 'playwright'
import { launchChromium } from '../chromium.ts'
import { firefoxOptions } from './firefox.ts'
import { testBrowser } from './test-browser.ts'

/** Launches the browser of this run by Playwright. */
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
