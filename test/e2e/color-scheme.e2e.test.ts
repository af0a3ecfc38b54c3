import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser, shareBrowser } from '../harness/browsers/launch-browser.ts'
import { testBrowser } from '../harness/browsers/test-browser.ts'

const styles = fileURLToPath(new URL('../../src/styled/styles.css', import.meta.url))
/** The CSS of the app, beside the stylesheet. */
const appStyles = {
  'no color-scheme': '',
  'color-scheme: light dark': ':root { color-scheme: light dark }',
  'color-scheme: dark': ':root { color-scheme: dark }',
} as const
type AppStyle = keyof typeof appStyles

type Theme = 'light' | 'dark'

const browsers: Browser[] = []
const pages: Partial<Record<Theme, Page>> = {}
afterAll(async () => {
  await Promise.all(Object.values(pages).map((page) => page.close()))
  await Promise.all(browsers.map((browser) => browser.close()))
})

/** A page on a system with this theme. Firefox before 154 sets the theme only when it starts. */
async function pageOf(system: Theme): Promise<Page> {
  if (testBrowser !== 'firefox') {
    const page = (pages.light ??= await (await shareBrowser()).newPage())
    await page.emulateMedia({ colorScheme: system })
    return page
  }
  const override = { light: 1, dark: 0 }[system]
  return (pages[system] ??= await openPage({ 'layout.css.prefers-color-scheme.content-override': override }))
}

async function openPage(firefoxUserPrefs: Readonly<Record<string, number>>): Promise<Page> {
  const browser = await launchBrowser({ firefoxUserPrefs })
  browsers.push(browser)
  return browser.newPage()
}

/** Builds the stylesheet as an app does. By default, Vite rewrites light-dark() for older browsers. */
async function buildStyles(appStyle: AppStyle, target?: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'putaway-styles-'))
  try {
    await writeFile(join(folder, 'app.css'), `@import '${styles}';\n${appStyles[appStyle]}\n`)
    await build({
      configFile: false,
      root: folder,
      logLevel: 'error',
      build: { rolldownOptions: { input: join(folder, 'app.css') }, ...(target && { target }) },
    })
    const assets = join(folder, 'dist', 'assets')
    const [file = ''] = (await readdir(assets)).filter((name) => name.endsWith('.css'))
    return await readFile(join(assets, file), 'utf8')
  } finally {
    await rm(folder, { recursive: true })
  }
}

const colors = { light: 'rgb(23, 25, 31) rgb(228, 230, 235)', dark: 'rgb(237, 238, 242) rgb(46, 49, 57)' }

const cases: readonly [AppStyle, systemTheme: Theme, attributes: string, theme: Theme][] = [
  ['no color-scheme', 'light', '', 'light'],
  ['no color-scheme', 'dark', '', 'light'],
  ['no color-scheme', 'light', 'data-theme="dark"', 'dark'],
  ['no color-scheme', 'light', 'class="dark"', 'dark'],
  ['no color-scheme', 'dark', 'class="dark" style="color-scheme: dark"', 'dark'],
  ['no color-scheme', 'dark', 'class="light" style="color-scheme: light"', 'light'],
  ['color-scheme: light dark', 'light', '', 'light'],
  ['color-scheme: light dark', 'dark', '', 'dark'],
  ['color-scheme: light dark', 'dark', 'class="light"', 'light'],
  ['color-scheme: dark', 'light', '', 'dark'],
  ['color-scheme: dark', 'light', 'data-theme="light"', 'light'],
]

describe.each([
  ['as the package has it', 'esnext', /light-dark\(/],
  ['as Vite builds it', undefined, /--lightningcss-light/],
])('the stylesheet %s', (_name, target, expected) => {
  const built: Partial<Record<AppStyle, string>> = {}
  beforeAll(async () => {
    for (const appStyle of Object.keys(appStyles) as AppStyle[])
      // these are its keys
      built[appStyle] = await buildStyles(appStyle, target)
    expect(built['no color-scheme']).toMatch(expected)
  })

  test.each(cases)(
    'with %s, a %s system and <html %s> shows %s colors',
    async (appStyle, system, html, theme) => {
      const page = await pageOf(system)
      await page.setContent(
        `<!doctype html><html ${html}><style>${built[appStyle]}</style><div data-putaway="list"><button class="putaway-button">a</button></div>`,
      )
      const seen = await page.locator('button').evaluate((button) => {
        const { color, borderTopColor } = getComputedStyle(button)
        return `${color} ${borderTopColor}`
      })
      expect(seen).toBe(colors[theme])
    },
  )
})
