import { test } from 'vitest'
import { testBrowser } from './test-browser.ts'

/**
 * A test of what only Chromium's protocol (CDP) can do: slow a connection down, drag files of the disk, read the
 * accessibility tree, or read the body of a request. It is skipped in other browsers.
 */
export const testWithCdp = test.skipIf(testBrowser !== 'chromium')
