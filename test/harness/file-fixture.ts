import { startBrowserFixture, startUploadSite } from './browser-fixture.ts'
import { testBrowser } from './browsers/test-browser.ts'
import { startWebKit } from './browsers/webkit/webdriver.ts'

export type FileFixture = Awaited<ReturnType<typeof startFileFixture>>

/** The page of `browser-fixture.ts` with one file, as every browser can show it: Playwright does not drive WebKitGTK. */
export interface FilePage {
  /** Chooses a file of the disk. */
  choose(path: string): Promise<void>
  /** Waits until the file is in the list. */
  isListed(): Promise<void>
  /** Waits until the file settles. @returns the text that a user reads */
  outcome(): Promise<string>
  /** The last error of an upload. */
  said(): Promise<Record<'code' | 'message' | 'phase', string | undefined>>
  leave(): Promise<void>
}

/** An upload site, and pages of it in the browser of this run. */
export async function startFileFixture() {
  return testBrowser === 'webkit' ? startInWebKit() : startWithPlaywright()
}

async function startWithPlaywright() {
  const fixture = await startBrowserFixture()
  return {
    ...fixture,
    async openPage(kind: string, query: Readonly<Record<string, string>> = {}): Promise<FilePage> {
      const page = await fixture.visit(kind, query)
      return {
        ...page,
        choose: (path) => page.input.setInputFiles(path),
        isListed: () => page.row.waitFor(),
      }
    },
  }
}

async function startInWebKit() {
  const [site, webkit] = await Promise.all([startUploadSite(), startWebKit()])
  return {
    ...site,
    async openPage(kind: string, query: Readonly<Record<string, string>> = {}): Promise<FilePage> {
      await webkit.open(site.addressOf(kind, query))
      await webkit.evaluate(() => {
        // A random value of 0 makes the jitter of the back-off 0.
        Math.random = () => 0
      })
      const choose = async (path: string) => webkit.type(await webkit.find('input[type="file"]'), path)
      const waitFor = (selector: string) =>
        webkit.evaluate(waitForText, `[aria-label="Uploads"] li${selector}`)
      return {
        choose: async (path) => void (await choose(path)),
        isListed: async () => void (await waitFor('')),
        async outcome() {
          await waitFor(' :is([data-status="done"], [data-status="error"])')
          return waitFor(' .putaway-status-text')
        },
        said: () =>
          webkit.evaluate(() => {
            const { code, message, phase } = window.errors.at(-1) ?? {}
            return { code, message, phase }
          }),
        leave: async () => void (await webkit.open('about:blank')),
      }
    },
    async close() {
      await webkit.close()
      await site.close()
    },
  }
}

/** Runs in the page. Waits until an element is there, and returns its text. */
async function waitForText(selector: string): Promise<string> {
  const start = Date.now()
  while (Date.now() - start < 30_000) {
    const element = document.querySelector<HTMLElement>(selector)
    if (element) return element.innerText
    // oxlint-disable-next-line no-await-in-loop -- looks until it is there
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`Waited 30 s for ${selector}. The page has: ${document.body.innerText}`)
}
