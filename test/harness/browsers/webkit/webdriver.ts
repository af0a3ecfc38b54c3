import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { findWebKit, installLines } from '../test-browser.ts'

/** WebDriver's name of an element in JSON. https://www.w3.org/TR/webdriver2/#elements */
const elementKey = 'element-6066-11e4-a52e-4f735466cecf'
export interface WebDriverElement {
  readonly [elementKey]: string
}

export interface WebKitOptions {
  readonly colorScheme?: 'light' | 'dark'
}

export type WebKit = Awaited<ReturnType<typeof startWebKit>>

/**
 * Starts an installed WebKitGTK with one page, driven by its own WebDriver. Needs a display: `npm run test:webkit`
 * starts one. https://www.w3.org/TR/webdriver2/
 */
export async function startWebKit({ colorScheme = 'light' }: WebKitOptions = {}) {
  const driverPath = findWebKit()
  if (driverPath === undefined) throw new Error(`Found no WebKitGTK. Install it: ${installLines.webkit}`)
  const port = await findFreePort()
  const driver = spawn(driverPath, [`--port=${port}`], {
    stdio: 'ignore',
    // A group of its own, so that the browser ends with its driver.
    detached: true,
    env: {
      ...process.env,
      LIBGL_ALWAYS_SOFTWARE: '1',
      NO_AT_BRIDGE: '1',
      // With the locale C, it sorts capital letters before all others.
      LC_ALL: 'en_US.UTF-8',
      LANGUAGE: 'en_US',
      GTK_THEME: colorScheme === 'dark' ? 'Adwaita:dark' : 'Adwaita',
    },
  })
  driver.unref()
  const stopDriver = () => {
    process.off('exit', stopDriver)
    try {
      if (driver.pid !== undefined) process.kill(-driver.pid)
    } catch {
      // It has ended.
    }
  }
  process.once('exit', stopDriver)

  async function send<T = null>(method: 'GET' | 'POST' | 'DELETE', path: string, body: object = {}) {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      ...(method === 'POST' && { body: JSON.stringify(body) }),
    })
    const { value } = (await response.json()) as { value: T & { error?: string; message?: string } }
    if (!response.ok) throw new Error(`WebKitWebDriver: ${value.error}. ${value.message}`)
    return value as T
  }
  await waitUntilReady(`http://127.0.0.1:${port}/status`)
  const { sessionId } = await send<{ sessionId: string }>('POST', '/session', {
    capabilities: { alwaysMatch: { timeouts: { implicit: 15_000, script: 60_000, pageLoad: 300_000 } } },
  }).catch((error: unknown) => {
    stopDriver()
    throw error
  })
  const session = `/session/${sessionId}`

  const webkit = {
    open: (url: string) => send('POST', `${session}/url`, { url }),

    /** Calls a function in the page, and waits for its promise. Arguments are JSON or elements. */
    async evaluate<Args extends readonly unknown[], T>(
      run: (...args: Args) => T,
      ...args: Args
    ): Promise<Awaited<T>> {
      const script = `
        const done = arguments[arguments.length - 1]
        Promise.resolve().then(() => (${run.toString()})(...Array.from(arguments).slice(0, -1))).then(
          (value) => done({ value }),
          (error) => done({ error: String(error) }),
        )`
      const result = await send<{ value: Awaited<T>; error?: string }>('POST', `${session}/execute/async`, {
        script,
        args,
      })
      if (result.error !== undefined) throw new Error(result.error)
      return result.value
    },

    find: (css: string) =>
      send<WebDriverElement>('POST', `${session}/element`, { using: 'css selector', value: css }),
    click: (element: WebDriverElement) => send('POST', `${session}/element/${element[elementKey]}/click`),
    /** Types into an element. An input of files gets paths, one in a line. */
    type: (element: WebDriverElement, text: string) =>
      send('POST', `${session}/element/${element[elementKey]}/value`, { text }),
    /** Input of devices. https://www.w3.org/TR/webdriver2/#perform-actions */
    act: (actions: readonly object[]) => send('POST', `${session}/actions`, { actions }),
    /** Commands go to this frame, or to the page. */
    enterFrame: (frame: WebDriverElement | null) => send('POST', `${session}/frame`, { id: frame }),
    resize: (width: number, height: number) =>
      send('POST', `${session}/window/rect`, { x: 0, y: 0, width, height }),
    /** A PNG of the page. */
    screenshot: async () => Buffer.from(await send<string>('GET', `${session}/screenshot`), 'base64'),

    async close() {
      await send('DELETE', session).catch(() => {})
      stopDriver()
    },
  }
  return webkit
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on a port, not on a pipe
  server.close()
  await once(server, 'close')
  return port
}

async function waitUntilReady(url: string) {
  for (let tries = 0; tries < 300; tries += 1) {
    // oxlint-disable-next-line no-await-in-loop -- asks until it answers
    if (
      await fetch(url).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return
    // oxlint-disable-next-line no-await-in-loop -- as above
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('WebKitWebDriver does not start.')
}
