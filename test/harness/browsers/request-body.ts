import type { Page, Request } from 'playwright'
import { testBrowser } from './test-browser.ts'

const headerName = 'x-body-of-test'

/** The text of a request that `page.route` has intercepted, of a page that was prepared by `repeatBodies`. */
export function bodyOf(request: Request): string | undefined {
  const repeated = request.headers()[headerName]
  return request.postData() ?? (repeated === undefined ? undefined : decodeURIComponent(repeated))
}

/**
 * Prepares a new page for `bodyOf`. Playwright gets no bodies by WebDriver BiDi, so in Firefox a page repeats the text of
 * each request to its own origin in a header.
 */
export async function repeatBodies(page: Page): Promise<void> {
  if (testBrowser !== 'firefox') return
  await page.addInitScript((name) => {
    const { fetch } = window
    window.fetch = (input, init) => {
      const body = init?.body
      const isOwnOrigin =
        typeof input === 'string' && new URL(input, location.href).origin === location.origin
      if (typeof body !== 'string' || !isOwnOrigin) return fetch(input, init)
      const headers = new Headers(init?.headers)
      const text = encodeURIComponent(body)
      // Node refuses a request whose headers have more than 16 kB.
      if (text.length < 12_000) headers.set(name, text)
      return fetch(input, { ...init, headers })
    }
  }, headerName)
}
