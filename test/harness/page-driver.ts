import { expect } from 'vitest'
import type { CDPSession, Page } from 'playwright'

/** A file to drop; one without bytes gets as many letters as its size, created in the page. */
export interface DroppableFile {
  readonly name: string
  readonly mimeType: string
  readonly buffer?: Buffer
  readonly size?: number
}

export type PageDriver = ReturnType<typeof drivePage>

/** The shown states of one file on the page, without repetitions. */
export interface TileHistory {
  readonly statuses: readonly string[]
  readonly percents: readonly number[]
}

/** Prepares a new page for `drivePage`. */
export const prepareDrivenPage = (page: Page) => page.addInitScript(recordTiles)

/** Records console messages and requests of a page from now on. */
export function drivePage(page: Page, origin: string) {
  const problems: string[] = []
  const refusals: string[] = []
  const expected: RegExp[] = []
  const sessions: CDPSession[] = []
  const sent: { readonly url: string; readonly isWrite: boolean }[] = []
  page.on('pageerror', (error) => problems.push(`${error.name}: ${error.message}`))
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') {
      // A signature is not printed.
      problems.push(`${message.text()} ${message.location().url.replace(/\?.*/s, '?…')}`)
    }
  })
  page.on('request', (request) => {
    const isWrite = !request.url().startsWith(origin) && /^(PUT|POST)$/.test(request.method())
    sent.push({ url: request.url(), isWrite })
  })
  // The console shows the status of an answer of storage, but not its reason. The rest of the answer is not kept,
  // because it may have the text that was signed.
  page.on('response', async (response) => {
    if (response.url().startsWith(origin) || response.status() < 400) return
    const text = await response.text().catch(() => '')
    refusals.push(/<Code>.*<\/Message>/s.exec(text)?.[0] ?? `status ${response.status()}`)
  })
  const photos = page.getByRole('group', { name: 'Photos' })
  const fileField = page.getByRole('group', { name: 'Files' })
  const stored = '[data-row]:is([data-status="done"], [data-status="stored"])'

  return {
    page,
    sent,
    photos,
    fileField,
    tile: (name: string) => photos.getByRole('listitem').filter({ has: page.getByAltText(name) }),
    storedPhoto: (name: string) => photos.locator(stored).getByAltText(name),
    storedFile: (name: string) => fileField.locator(stored).filter({ hasText: name }),

    /** Opens the demo, and waits until its fields have the stored files. */
    async open() {
      await page.goto(origin)
      for (const label of ['Photos', 'Files'])
        await page.getByRole('group', { name: label }).locator('button:enabled').first().waitFor()
    },

    /** Drops files on the photo uploader. */
    drop: (files: readonly DroppableFile[]) => drop(page, '.photos [data-putaway="dropzone"]', files),
    dropFiles: (files: readonly DroppableFile[]) => drop(page, '.files [data-putaway="dropzone"]', files),

    async slowDown(bytesPerSecond: number) {
      const session = await page.context().newCDPSession(page)
      sessions.push(session)
      await session.send('Network.enable')
      const conditions = { offline: false, latency: 0, downloadThroughput: -1 }
      await session.send('Network.emulateNetworkConditions', {
        ...conditions,
        uploadThroughput: bytesPerSecond,
      })
    },

    /** Failed requests are retried without a delay: a random value of 0 makes the jitter of the back-off 0. */
    loseNoTime: () =>
      page.evaluate(() => {
        Math.random = () => 0
      }),

    seen: (name: string): Promise<TileHistory | undefined> =>
      page.evaluate((key) => (window as Recording).seenTiles?.[key], name),

    /** Console messages that the test expects, such as the browser's own line about a 500. */
    expectInConsole(...texts: readonly RegExp[]) {
      expected.push(...texts)
    },

    /** Expects no other messages in the console than the expected ones, and ends what this driver set. */
    async end() {
      await Promise.all(sessions.map((session) => session.detach()))
      const unexpected = problems.filter((problem) => !expected.some((text) => text.test(problem)))
      expect(unexpected.length === 0 ? [] : [...unexpected, ...refusals]).toEqual([])
    },
  }
}

type Recording = Window & { seenTiles?: Record<string, { statuses: string[]; percents: number[] }> }

/** Runs in the page, because a status may be over before a test reads it. */
function recordTiles() {
  const seen: NonNullable<Recording['seenTiles']> = {}
  ;(window as Recording).seenTiles = seen
  function look() {
    for (const tile of document.querySelectorAll('.putaway-tile')) {
      // A large picture is not decoded at once, but its buttons are there.
      const name = tile.querySelector('[aria-label^="Remove "]')?.getAttribute('aria-label')?.slice(7)
      const status = tile.querySelector<HTMLElement>('[data-status]')?.dataset.status
      const percent = tile.querySelector('[role=progressbar]')?.getAttribute('aria-valuenow')
      if (!name || !status) continue
      const known = (seen[name] ??= { statuses: [], percents: [] })
      if (known.statuses.at(-1) !== status) known.statuses.push(status)
      if (percent && known.percents.at(-1) !== Number(percent)) known.percents.push(Number(percent))
    }
  }
  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true })
}

async function drop(page: Page, selector: string, files: readonly DroppableFile[]) {
  const transfer = await page.evaluateHandle(
    (given) => {
      const dataTransfer = new DataTransfer()
      for (const { name, type, base64, size } of given) {
        const bytes =
          base64 === undefined
            ? new Uint8Array(size).fill(97)
            : Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))
        // One date for all, so that files do not differ by date.
        dataTransfer.items.add(new File([bytes], name, { type, lastModified: 1 }))
      }
      return dataTransfer
    },
    files.map(({ name, mimeType: type, buffer, size = 0 }) => ({
      name,
      type,
      size,
      base64: buffer?.toString('base64'),
    })),
  )
  for (const event of ['dragenter', 'dragover', 'drop']) {
    await page.dispatchEvent(selector, event, { dataTransfer: transfer })
  }
}
