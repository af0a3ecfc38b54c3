import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright'
import { storyEnds } from './storybook.ts'

/** Stories whose pictures a designer looks at: every layout in every state, and everything over the page. */
const mainStories = [
  'imageuploader--grid-statuses',
  'imageuploader--list-statuses',
  'imageuploader--single-statuses',
  'imageuploader--avatar-statuses',
  'imageuploader--stored-images',
  'imageuploader--rejections',
  'imageuploader--with-speed',
  'imageuploader--drag-over',
  'imageuploader--dropped-without-file',
  'imageuploader--opened',
  'imageuploader-crop--open',
  'fileuploader--list-statuses',
  'fileuploader--compact-statuses',
  'fileuploader--single-statuses',
  'dropzone--states',
  'uploadlist--statuses',
  'overall--progress',
  'overall--tray',
  'uploadpagedrop--files-over-page',
  'forms--required',
  'start-by-hand--on-submit',
]
/** Stories that cover the window. The others are cut to their content. */
const wholeWindow = /opened|crop--open|overall--tray|over-page/
const rows = {
  narrow: [200, 240, 320, 390],
  wide: [768, 1280],
} as const
/** Colors do not depend on the language, so not every pair is needed. */
const pairs = [
  ['en', 'light'],
  ['en', 'dark'],
  ['de', 'light'],
  ['ko', 'dark'],
  ['ar', 'light'],
  ['ar', 'dark'],
] as const

interface SheetOptions {
  /** Folder that gets the sheets. */
  readonly folder: string
  readonly origin: string
  /** The ids of all stories of this Storybook. */
  readonly stories: readonly string[]
  readonly only: string
  readonly log: (text: string) => void
}

/**
 * Takes pictures of the main stories at six widths, in two themes and four languages, as two PNG files per story: narrow
 * and wide.
 */
export async function takeSheets(browser: Browser, { folder, origin, stories, only, log }: SheetOptions) {
  const unknownStory = mainStories.find((id) => !stories.includes(id))
  if (unknownStory !== undefined) throw new Error(`There is no story ${unknownStory}.`)
  await mkdir(folder, { recursive: true })
  for (const story of mainStories.filter((id) => id.includes(only))) {
    // oxlint-disable-next-line no-await-in-loop -- one window after the other
    await takeStory(browser, story, { folder, origin })
    log(`sheets of ${story}`)
  }
}

async function takeStory(
  browser: Browser,
  story: string,
  { folder, origin }: { folder: string; origin: string },
) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 1000 },
    reducedMotion: 'reduce',
    locale: 'en-US',
  })
  const page = await context.newPage()
  await page.addInitScript('globalThis.__name = (named) => named')
  await page.goto(`${origin}/iframe.html?id=${story}&viewMode=story`)
  await storyEnds(page)
  await page.mouse.move(0, 0)
  // The play function closes the image again, and leaves focus on its button.
  if (story.endsWith('--opened')) await page.keyboard.press('Enter')
  // Windows for 200 and 240 px are 16 px wider, so that the component has this width inside of the padding.
  await page.addStyleTag({
    content: '@media (width < 300px) { .page { padding: 8px !important } }',
  })
  for (const [row, widths] of Object.entries(rows)) {
    const pictures: { title: string; data: string }[] = []
    for (const [language, theme] of pairs)
      for (const width of widths) {
        // oxlint-disable-next-line no-await-in-loop -- one window
        const data = await takePicture(page, { story, theme, language, width })
        pictures.push({ title: `${language} ${theme} ${width}`, data })
      }
    // oxlint-disable-next-line no-await-in-loop
    await compose(browser, join(folder, `${story}.${row}.png`), pictures, row === 'narrow' ? 8 : 2)
  }
  await context.close()
}

interface Look {
  readonly story: string
  readonly theme: string
  readonly language: string
  readonly width: number
}

async function takePicture(page: Page, { story, theme, language, ...look }: Look): Promise<string> {
  const width = look.width < 300 ? look.width + 16 : look.width
  const isWholeWindow = wholeWindow.test(story)
  await page.setViewportSize({ width, height: isWholeWindow ? 620 : 1200 })
  await page.evaluate(setGlobals, { theme, language, direction: language === 'ar' ? 'rtl' : 'ltr' })
  await page.waitForFunction(
    ([lang, name]) =>
      document.documentElement.lang === lang && document.documentElement.dataset.theme === name,
    [language, theme] as const,
  )
  await page.waitForTimeout(120)
  const height = await page.evaluate(() => document.querySelector('.page')?.getBoundingClientRect().bottom)
  const clip = { x: 0, y: 0, width, height: Math.min(isWholeWindow ? 620 : (height ?? 620), 1600) }
  const picture = await page.screenshot({
    animations: 'disabled',
    scale: 'css',
    fullPage: !isWholeWindow,
    clip,
  })
  return picture.toString('base64')
}

interface StorybookChannel {
  emit: (event: string, payload: object) => void
}

/** Runs in the page. Changes the globals as the toolbar does: the story stays, and its play function is not run again. */
function setGlobals(globals: Readonly<Record<string, string>>) {
  const channel = (globalThis as { __STORYBOOK_ADDONS_CHANNEL__?: StorybookChannel })
    .__STORYBOOK_ADDONS_CHANNEL__ // Storybook sets it
  channel?.emit('updateGlobals', { globals })
}

async function compose(
  browser: Browser,
  path: string,
  pictures: readonly { title: string; data: string }[],
  columns: number,
) {
  const page = await browser.newPage({ viewport: { width: 100, height: 100 } })
  const figures = pictures
    .map(({ title, data }) => `<figure>${title}<img src="data:image/png;base64,${data}"></figure>`)
    .join('')
  await page.setContent(
    `<style>
      body { display: inline-grid; grid-template-columns: repeat(${columns}, auto); gap: 12px; margin: 8px; background: #789; font: 12px sans-serif }
      figure { margin: 0 } img { display: block }
    </style>${figures}`,
  )
  await page.locator('body').screenshot({ path })
  await page.close()
}
