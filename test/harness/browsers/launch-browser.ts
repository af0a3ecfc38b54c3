import type { Browser, LaunchOptions } from 'playwright'
import { launchChromium } from '../chromium.ts'
import { firefoxOptions } from './firefox.ts'
import { testBrowser } from './test-browser.ts'

/** Launches the browser of this run by Playwright, which has no driver for an installed WebKit. */
export async function launchBrowser(options: LaunchOptions = {}): Promise<Browser> {
  if (testBrowser === 'webkit') throw new Error('Playwright drives no installed WebKit.')
  if (testBrowser === 'chromium') return launchChromium(options)
  const { firefox } = await import('playwright')
  return firefox.launch({ ...firefoxOptions(), ...options })
}
