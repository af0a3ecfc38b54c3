import { test } from 'vitest'
import { testBrowser } from './test-browser.ts'

/**
 * A test of what only Chromium's protocol (CDP) can do: slow a connection down, drag files of the disk, or read the
 * accessibility tree. It is skipped in other browsers.
 */
export const testWithCdp = test.skipIf(testBrowser !== 'chromium')
