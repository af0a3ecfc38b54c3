import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { playwright } from '@vitest/browser-playwright'
import sharp from 'sharp'
import type { BrowserProvider, BrowserProviderOption, TestProject } from 'vitest/node'
import { toKeyActions } from './keys.ts'
import { startWebKit } from './webdriver.ts'
import type { WebDriverElement, WebKit } from './webdriver.ts'

/** A file that a test gives to an input. */
interface UploadedFile {
  readonly name: string
  readonly base64: string
}

/**
 * A provider of Vitest for an installed WebKitGTK, because Playwright drives only its own build of WebKit. Locators are
 * Playwright's and are found in the page (`setup.ts`). It has the commands of `vitest/browser` that our tests use.
 */
export function webkitProvider(): BrowserProviderOption {
  return { ...playwright(), name: 'webkitgtk', options: {}, providerFactory: createProvider }
}

function createProvider(project: TestProject): BrowserProvider {
  let starting: Promise<WebKit> | undefined

  /** Sends commands to the frame of the test. */
  async function enterTest() {
    starting ??= startWebKit()
    const webkit = await starting
    await webkit.enterFrame(null)
    await webkit.enterFrame(await webkit.find('[data-vitest="true"]'))
    return webkit
  }

  const commands = {
    async __vitest_click(_context: unknown, selector: string) {
      const webkit = await enterTest()
      await webkit.click(await findElement(webkit, selector))
    },
    async __vitest_keyboard(_context: unknown, text: string) {
      const webkit = await enterTest()
      await webkit.evaluate(() => document.activeElement === document.body && window.focus())
      await webkit.act([{ type: 'key', id: 'keyboard', actions: toKeyActions(text) }])
      return { unreleased: [] }
    },
    async __vitest_dragAndDrop(_context: unknown, source: string, target: string) {
      const webkit = await enterTest()
      const [from, to] = [await findElement(webkit, source), await findElement(webkit, target)]
      const moveTo = (origin: WebDriverElement) => ({
        type: 'pointerMove',
        origin,
        x: 0,
        y: 0,
        duration: 100,
      })
      const actions = [
        moveTo(from),
        { type: 'pointerDown', button: 0 },
        moveTo(to),
        { type: 'pointerUp', button: 0 },
      ]
      await webkit.act([{ type: 'pointer', id: 'mouse', actions }])
    },
    async __vitest_takeScreenshot(_context: unknown, _name: string, { element }: { element: string }) {
      const webkit = await enterTest()
      // Its pictures of elements are cut elsewhere if the element is in a frame. The selector is a path in CSS.
      const box = await webkit.evaluate((path) => {
        const rects = [document.querySelector(path), window.frameElement].map((each) =>
          each?.getBoundingClientRect(),
        )
        const sumOf = (side: 'left' | 'top') =>
          rects.reduce((sum, rect) => sum + Math.round(rect?.[side] ?? 0), 0)
        const { width = 0, height = 0 } = rects[0] ?? {}
        return {
          left: sumOf('left'),
          top: sumOf('top'),
          width: Math.round(width),
          height: Math.round(height),
        }
      }, element)
      return {
        buffer: await sharp(await webkit.screenshot())
          .extract(box)
          .png()
          .toBuffer(),
      }
    },
    async __vitest_upload(_context: unknown, selector: string, files: readonly UploadedFile[]) {
      const webkit = await enterTest()
      const input = await findElement(webkit, selector)
      const folder = await mkdtemp(join(tmpdir(), 'putaway-webkit-'))
      const paths = await Promise.all(
        files.map(async ({ name, base64 }) => {
          await writeFile(join(folder, name), Buffer.from(base64, 'base64'))
          return join(folder, name)
        }),
      )
      await webkit.type(input, paths.join('\n'))
      cleanups.push(() => rm(folder, { recursive: true, force: true }))
    },
  }
  const cleanups: (() => Promise<void>)[] = []
  for (const [name, command] of Object.entries(commands))
    // Vitest has no types for its own commands.
    project.browser?.registerCommand(name as never, command as never)

  return {
    name: 'webkitgtk',
    // WebKitWebDriver has one session, and the session has one page.
    supportsParallelism: false,
    initScripts: [fileURLToPath(new URL('locators.js', import.meta.resolve('@vitest/browser-playwright')))],
    getCommandsContext: () => ({}),
    async openPage(_sessionId, url) {
      starting ??= startWebKit()
      await (await starting).open(url)
    },
    async close() {
      await (await starting?.catch(() => undefined))?.close()
      starting = undefined
      await Promise.all(cleanups.splice(0).map((clean) => clean()))
    },
  }
}

function findElement(webkit: WebKit, selector: string): Promise<WebDriverElement> {
  return webkit.evaluate(
    // WebDriver gives an element of the page as a reference to it.
    (text) => window.findElement(text) as unknown as Promise<WebDriverElement>,
    selector,
  )
}
