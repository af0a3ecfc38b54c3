import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import packaged from '@sparticuz/chromium'
import pixelmatch from 'pixelmatch'
import type { Page } from 'playwright'
import { PNG } from 'pngjs'
import { launchChromium } from '../harness/chromium.ts'
import { buildStorybook, serveStorybook, storyEnds } from './looks/storybook.ts'

/**
 * Compares stories with the screenshots in `test/visual`, in the packaged Chromium and with Storybook's font, so that
 * results are equal on every Linux x64 machine. Run by `npm run test:visual` and `.ci/full`. `-- --update` replaces the
 * screenshots, `-- --only grid` selects some, `-- --built storybook-static` skips the Storybook build. Differences are
 * written to `test-results/visual`: the screenshot, the changed pixels in red, and the page's HTML with its console.
 */
const { values: options } = parseArgs({
  options: {
    update: { type: 'boolean', default: false },
    only: { type: 'string' },
    built: { type: 'string' },
  },
})
const minutes = 10
const baselines = fileURLToPath(new URL('../visual', import.meta.url))
const results = fileURLToPath(new URL('../../test-results/visual', import.meta.url))

/** Tolerated colour difference (about five of 255 levels), and the fraction of pixels that may exceed it: edges of circles. */
const tolerance = { threshold: 0.02, part: 1 / 10_000 }

interface Shot {
  readonly story: string
  /** Selector of the captured element; the window by default. */
  readonly crop?: string
  readonly prepare?: (page: Page) => Promise<unknown>
  /** Both widths in both themes by default. */
  readonly widths?: readonly number[]
  readonly themes?: readonly string[]
  readonly forcedColors?: boolean
}

/** For stories inside an app's page. */
const inPage = { crop: '.page' }
const uploader = 'imageuploader--'
const shots: readonly Shot[] = [
  { story: `${uploader}grid`, ...inPage },
  { story: `${uploader}grid-statuses`, ...inPage },
  { story: `${uploader}grid-statuses`, ...inPage, forcedColors: true, widths: [1280], themes: ['dark'] },
  { story: `${uploader}list-statuses`, ...inPage },
  { story: `${uploader}list-statuses`, ...inPage, forcedColors: true, widths: [1280], themes: ['light'] },
  { story: `${uploader}single-statuses`, ...inPage, widths: [1280] },
  { story: `${uploader}avatar-statuses`, ...inPage, widths: [1280], themes: ['light'] },
  { story: `${uploader}stored-images`, ...inPage },
  { story: `${uploader}korean`, ...inPage, themes: ['light'] },
  { story: 'fileuploader--korean', ...inPage, themes: ['dark'] },
  { story: `${uploader}drag-over`, ...inPage, widths: [1280] },
  { story: `${uploader}drag-over`, ...inPage, widths: [360], themes: ['dark'] },
  { story: `${uploader}dropped-without-file`, ...inPage, widths: [1280], themes: ['light'] },
  { story: `${uploader}dropped-without-file`, ...inPage, widths: [360], themes: ['dark'] },
  { story: `${uploader}rejections`, ...inPage },
  { story: `${uploader}right-to-left`, ...inPage, widths: [360], themes: ['light'] },
  { story: `${uploader}themed`, ...inPage, widths: [360], themes: ['dark'] },
  {
    story: `${uploader}opened`,
    prepare: (page) => page.getByRole('button', { name: 'Open Geiranger.jpg' }).click(),
    widths: [360],
    themes: ['light'],
  },
  { story: 'overall--progress', ...inPage },
  { story: 'overall--tray', widths: [360], themes: ['light'] },
  { story: 'overall--tray', crop: '.putaway-tray', widths: [1280], themes: ['dark'] },
  { story: 'dropzone--states', ...inPage },
  { story: 'forms--required', ...inPage },
]

const ends = setTimeout(() => {
  console.error(`visual: stopped after the limit of ${minutes} minutes`)
  process.exit(1)
}, minutes * 60_000)
const log = (text: string) => console.log(`visual: ${text} (${Math.round(performance.now() / 1000)}s)`)

const temporary = options.built === undefined ? await mkdtemp(join(tmpdir(), 'putaway-visual-')) : undefined
const folder = temporary ?? options.built ?? ''
let differing: readonly string[] = []
try {
  if (temporary) {
    log('build Storybook')
    buildStorybook(temporary)
  }
  await rm(results, { recursive: true, force: true })
  await Promise.all([baselines, results].map((each) => mkdir(each, { recursive: true })))
  differing = await compareAll(await serveStorybook(folder))
} finally {
  if (temporary) await rm(temporary, { recursive: true, force: true })
}
clearTimeout(ends)
log(differing.length === 0 ? 'passed' : `${differing.join(', ')} differ; look at test-results/visual`)
process.exit(differing.length === 0 ? 0 : 1)

/** @returns the names of the screenshots that differ or are not used */
async function compareAll(origin: string): Promise<readonly string[]> {
  const all = shots
    .flatMap(({ widths = [360, 1280], themes = ['light', 'dark'], ...shot }) =>
      widths.flatMap((width) => themes.map((theme) => ({ ...shot, width, theme }))),
    )
    .map((shot) => ({ ...shot, name: nameOf(shot) }))
    .filter(({ name }) => name.includes(options.only ?? ''))
  if (all.length === 0) throw new Error(`No screenshot has "${options.only}" in its name.`)

  const browser = await launchChromium({
    executablePath: await packaged.executablePath(),
    args: ['--font-render-hinting=none', '--disable-lcd-text', '--force-color-profile=srgb'],
  })
  let taken = 0
  const wrong: string[] = []
  const left = all.values()
  async function work() {
    for (const shot of left) {
      const { name, width, forcedColors } = shot
      const context = await browser.newContext({
        // The window shows the complete story: rows and thumbnails load when they are visible.
        viewport: { width, height: shot.crop ? 1600 : 800 },
        reducedMotion: 'reduce',
        forcedColors: forcedColors ? 'active' : 'none',
        colorScheme: shot.theme === 'dark' ? 'dark' : 'light',
        locale: 'en-US',
        timezoneId: 'UTC',
      })
      const page = await context.newPage()
      const messages: string[] = []
      page.on('console', (message) => messages.push(message.text()))
      page.on('framenavigated', (frame) => messages.push(`navigated to ${frame.url()}`))
      const found = await take(page, origin, shot).then(
        (picture) => compare(name, picture),
        (error: unknown) => `could not be taken: ${String(error)}`,
      )
      taken += 1
      if (found) {
        wrong.push(name)
        const html = `${await page.content()}\n<!-- ${messages.join('\n')} -->\n`
        await writeFile(join(results, name.replace('.png', '.html')), html)
      }
      await context.close()
      log(`${taken} of ${all.length} ${name}${found ? `: ${found}` : ''}`)
    }
  }
  await Promise.all([work(), work()])
  await browser.close()
  return options.only === undefined
    ? [...wrong, ...(await unusedScreenshots(all.map(({ name }) => name)))]
    : wrong
}

function nameOf({ story, width, theme, forcedColors }: Shot & { width: number; theme: string }): string {
  return `${story.replace('--', '.')}.${width}.${theme}${forcedColors ? '.forced-colors' : ''}.png`
}

/** Opens a story and waits until its play function ended, everything is loaded and nothing moves. */
async function take(page: Page, origin: string, { story, theme, crop, prepare }: Shot & { theme: string }) {
  await page.clock.setFixedTime('2026-11-20T10:00:00Z')
  await page.goto(`${origin}/iframe.html?id=${story}&viewMode=story&globals=theme:${theme}`)
  await storyEnds(page)
  await prepare?.(page)
  await page.evaluate(async () => {
    await document.fonts.load('16px Inter')
    await document.fonts.ready
    if (![...document.fonts].some(({ family, status }) => family === 'Inter' && status === 'loaded')) {
      throw new Error("Storybook's font did not load")
    }
  })
  // The pointer rests outside the story; the focus ring after the play function is part of the screenshot.
  await page.mouse.move(0, 0)
  const cut = crop === undefined ? page : page.locator(crop).first()
  let last: Buffer = Buffer.of()
  let same = 0
  for (let tries = 0; tries < 40; tries += 1) {
    await page.waitForTimeout(150)
    const loaded = await page.evaluate(() => [...document.images].every((image) => image.complete))
    const picture = await cut.screenshot({ animations: 'disabled', caret: 'hide', scale: 'css' })
    same = loaded && picture.equals(last) ? same + 1 : 0
    last = picture
    if (same === 3) return picture
  }
  throw new Error('the story keeps moving')
}

/** @returns the difference, or undefined */
async function compare(name: string, picture: Buffer): Promise<string | undefined> {
  const known = join(baselines, name)
  if (options.update) return writeFile(known, compact(PNG.sync.read(picture))).then(() => undefined)
  await writeFile(join(results, name), picture)
  if (!existsSync(known)) return 'there is no such picture yet: take it with --update'
  const [before, after] = [PNG.sync.read(await readFile(known)), PNG.sync.read(picture)]
  const { width, height } = before
  if (width !== after.width || height !== after.height) {
    return `${after.width}×${after.height} in place of ${width}×${height}`
  }
  const difference = new PNG({ width, height })
  const { threshold } = tolerance
  const count = pixelmatch(before.data, after.data, difference.data, width, height, {
    threshold,
    includeAA: true,
  })
  if (count <= width * height * tolerance.part) return rm(join(results, name)).then(() => undefined)
  await writeFile(join(results, name.replace('.png', '.difference.png')), PNG.sync.write(difference))
  return `${count} pixels differ`
}

/** Encodes without an alpha channel, which a page does not have, at the highest compression. */
function compact(picture: PNG): Buffer {
  return PNG.sync.write(picture, { colorType: 2, inputHasAlpha: true, deflateLevel: 9, filterType: -1 })
}

/** Screenshots of stories that are no longer compared. */
async function unusedScreenshots(names: readonly string[]): Promise<readonly string[]> {
  const old = (await readdir(baselines)).filter((name) => !names.includes(name))
  for (const name of old) {
    if (options.update) await rm(join(baselines, name))
    else log(`${name} belongs to no story; --update removes it`)
  }
  return options.update ? [] : old
}
