import type { Browser, BrowserContextOptions, Page } from 'playwright'
import { repeatBodies } from './request-body.ts'

/**
 * Pages that tests use one after the other. A new context has a new process that compiles every script again: to open
 * the demo in one takes 1.3 s of CPU time, and 0.65 s in a page that another test has left.
 */
export function createPagePool(
  browser: Browser,
  {
    prepare,
    ...options
  }: BrowserContextOptions & { readonly prepare?: (page: Page) => Promise<unknown> } = {},
) {
  const free: Page[] = []
  return {
    /** A page without cookies, stored values, routes and listeners. `prepare` runs once, with a new page. */
    async take(): Promise<Page> {
      const left = free.pop()
      if (left) return left
      const page = await (await browser.newContext(options)).newPage()
      await repeatBodies(page)
      await prepare?.(page)
      return page
    },

    /** Takes a page back. The next test gets it as if it were new. */
    async giveBack(page: Page): Promise<void> {
      // A handler of `page.route` may still wait for an answer, and fails when the page closes.
      await page.unrouteAll({ behavior: 'ignoreErrors' })
      page.removeAllListeners()
      // A page that was never loaded has no storage.
      await page.evaluate(() => (localStorage.clear(), sessionStorage.clear())).catch(() => undefined)
      await page.goto('about:blank')
      await page.context().clearCookies()
      await page.context().setOffline(false)
      free.push(page)
    },
  }
}
