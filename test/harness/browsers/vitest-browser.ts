import { playwright } from '@vitest/browser-playwright'
import { chromiumFlags, findChromium } from '../chromium.ts'
import { firefoxOptions } from './firefox.ts'
import { testBrowser } from './test-browser.ts'
import { webkitProvider } from './webkit/provider.ts'

/**
 * Vitest's settings for the browser of this run. A new object for each project, because Vitest changes the one that it
 * is given.
 */
export async function vitestBrowser() {
  if (testBrowser === 'firefox')
    return {
      headless: true,
      provider: playwright({
        launchOptions: firefoxOptions(),
        // The frame of a test, 414 x 896, is inside the window.
        contextOptions: { viewport: { width: 1300, height: 1000 } },
      }),
      instances: [{ browser: 'firefox' as const }],
    }
  if (testBrowser === 'webkit')
    return {
      // It has no headless mode. Its driver has one page, so files of tests run one after the other.
      headless: false,
      fileParallelism: false,
      provider: webkitProvider(),
      instances: [{ browser: 'webkit' as const }],
    }
  return {
    headless: true,
    provider: playwright({ launchOptions: { executablePath: await findChromium(), args: chromiumFlags } }),
    instances: [{ browser: 'chromium' as const }],
  }
}
