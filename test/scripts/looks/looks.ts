import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import packaged from '@sparticuz/chromium'
import type { Browser } from 'playwright'
import { launchChromium } from '../../harness/chromium.ts'
import { lowContrasts } from './contrast.ts'
import { keyboardFaults } from './keyboard.ts'
import { layoutFaults, motionFaults, textSpacingFaults } from './layout.ts'
import { checkTheChecks } from './self-check.ts'
import { takeSheets } from './sheets.ts'
import { buildStorybook, serveStorybook, storyEnds } from './storybook.ts'

/**
 * Checks every story of Storybook as an outside auditor would, in the packaged Chromium: contrast of texts over real
 * pixels in both themes, sideways scroll and cut texts at 320 px (400 % zoom), text spacing (WCAG 1.4.12), target sizes
 * (2.5.8), no motion for users who prefer that, and whether Tab reaches every control with a visible focus. Finds the
 * stories in Storybook's index, so new ones are checked too. Run by `npm run test:looks` and `.ci/full`. `-- --only grid`
 * selects some stories, `-- --built storybook-static` skips the Storybook build. `-- --sheets folder` checks nothing, and takes pictures of the
 * main stories for a designer: six widths, both themes, four languages.
 */
const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    built: { type: 'string' },
    sheets: { type: 'string' },
  },
})
const minutes = 30
const ends = setTimeout(() => {
  console.error(`looks: stopped after the limit of ${minutes} minutes`)
  process.exit(1)
}, minutes * 60_000)
const log = (text: string) => console.log(`looks: ${text} (${Math.round(performance.now() / 1000)}s)`)

const temporary = options.built === undefined ? await mkdtemp(join(tmpdir(), 'putaway-looks-')) : undefined
const folder = temporary ?? options.built ?? ''
let faultCount = 0
try {
  if (temporary) {
    log('build Storybook')
    buildStorybook(temporary)
  }
  if (options.sheets === undefined) await checkAll()
  else await takeAllSheets(options.sheets)
} finally {
  if (temporary) await rm(temporary, { recursive: true, force: true })
}
clearTimeout(ends)
log(faultCount === 0 ? 'passed' : `${faultCount} faults`)
process.exit(faultCount === 0 ? 0 : 1)

interface StorybookIndex {
  readonly entries: Readonly<Record<string, { readonly type: string }>>
}

/** The ids of all stories. */
async function readStories(): Promise<string[]> {
  const { entries } = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8')) as StorybookIndex // Storybook writes it
  return Object.keys(entries).filter((id) => entries[id]?.type === 'story')
}

async function checkAll() {
  const origin = await serveStorybook(folder)
  const stories = (await readStories()).filter((id) => id.includes(options.only))
  if (stories.length === 0) throw new Error(`No story has "${options.only}" in its id.`)
  const browser = await launchChromium({ executablePath: await packaged.executablePath() })
  await checkTheChecks(browser, faultsOf)
  const left = stories.values()
  let checked = 0
  async function work() {
    for (const story of left) {
      // oxlint-disable-next-line no-await-in-loop -- two workers, one story at a time each
      const faults = await faultsOf(browser, `${origin}/iframe.html?id=${story}&viewMode=story`).catch(
        (error: unknown) => [`could not be checked: ${String(error)}`],
      )
      checked += 1
      faultCount += faults.length
      log(`${checked} of ${stories.length} ${story}${faults.map((fault) => `\n  ${fault}`).join('')}`)
    }
  }
  await Promise.all([work(), work()])
  await browser.close()
}

async function takeAllSheets(sheets: string) {
  const origin = await serveStorybook(folder)
  const browser = await launchChromium({ executablePath: await packaged.executablePath() })
  await takeSheets(browser, { folder: sheets, origin, stories: await readStories(), only: options.only, log })
  await browser.close()
}

async function faultsOf(browser: Browser, url: string): Promise<string[]> {
  const context = await browser.newContext({
    viewport: { width: 320, height: 1200 },
    reducedMotion: 'reduce',
    locale: 'en-US',
  })
  const page = await context.newPage()
  page.setDefaultTimeout(60_000)
  // esbuild adds calls of this helper to the functions that run in the page.
  await page.addInitScript('globalThis.__name = (named) => named')
  try {
    await page.goto(url)
    if (url.startsWith('http')) await storyEnds(page)
    await page.evaluate(() => document.fonts.ready.then(() => {}))
    await page.mouse.move(0, 0)
    const faults = (await layoutFaults(page)).map((fault) => `at 320 px, ${fault}`)
    faults.push(...(await motionFaults(page)))
    faults.push(...(await textSpacingFaults(page)))
    await page.setViewportSize({ width: 768, height: 1200 })
    for (const theme of ['light', 'dark']) {
      // oxlint-disable-next-line no-await-in-loop -- one theme after the other
      await page.evaluate((name) => void (document.documentElement.dataset.theme = name), theme)
      // oxlint-disable-next-line no-await-in-loop
      faults.push(...(await lowContrasts(page)).map((fault) => `${theme}: ${fault}`))
    }
    faults.push(...(await keyboardFaults(page)))
    return faults
  } finally {
    await context.close()
  }
}
