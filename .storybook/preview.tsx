import { DocsContainer } from '@storybook/addon-docs/blocks'
import type { DocsContainerProps } from '@storybook/addon-docs/blocks'
import type { Decorator, Preview } from '@storybook/react-vite'
import { useEffect, useState } from 'react'
import type { PropsWithChildren } from 'react'
import { addons } from 'storybook/preview-api'
import { configure } from 'storybook/test'
import { themes } from 'storybook/theming'
import { UploadI18nProvider } from 'putaway'
import 'putaway/styles.css'
import { languages } from '../stories/languages.ts'
import { argTypesOf, descriptionOf } from './component-docs.ts'
import { usageOf } from './usage.ts'
import './preview.css'

// A play function waits 1 s by default, which is too short when tests share two cores.
configure({ asyncUtilTimeout: 15_000 })

const preview: Preview = {
  tags: ['autodocs'],
  parameters: {
    layout: 'fullscreen',
    a11y: { test: 'error' },
    controls: { expanded: true, sort: 'requiredFirst' },
    docs: {
      container: ThemedDocs,
      toc: true,
      extractArgTypes: argTypesOf,
      extractComponentDescription: descriptionOf,
      source: {
        type: 'code',
        language: 'tsx',
        transform: (_code: string, context: Parameters<typeof usageOf>[0]) => usageOf(context),
      },
    },
    options: {
      storySort: {
        order: [
          'Introduction',
          'Live upload',
          'ImageUploader',
          'FileUploader',
          'Forms',
          'Overall',
          'Dropzone',
          'UploadPageDrop',
          'UploadList',
          'ProgressBar',
          'Upload (parts)',
          'Props',
        ],
      },
    },
  },
  initialGlobals: { theme: 'light', language: 'en', direction: 'ltr' },
  globalTypes: {
    theme: {
      description: 'Light or dark',
      toolbar: {
        dynamicTitle: true,
        items: [
          { value: 'light', title: 'Light', icon: 'sun' },
          { value: 'dark', title: 'Dark', icon: 'moon' },
        ],
      },
    },
    language: {
      description: 'Texts of the components',
      toolbar: {
        dynamicTitle: true,
        items: [
          { value: 'en', title: 'English', icon: 'globe' },
          { value: 'ko', title: '한국어', icon: 'globe' },
          { value: 'de', title: 'Deutsch (long texts)', icon: 'globe' },
          { value: 'ar', title: 'العربية', icon: 'globe' },
        ],
      },
    },
    direction: {
      description: 'Direction of the page',
      toolbar: {
        dynamicTitle: true,
        items: [
          { value: 'ltr', title: 'Left to right', icon: 'arrowright' },
          { value: 'rtl', title: 'Right to left', icon: 'arrowleft' },
        ],
      },
    },
  },
  decorators: [localized],
}
export default preview

type Globals = Readonly<Record<string, unknown>>

function localized(...[Story, { globals, viewMode }]: Parameters<Decorator>) {
  applyTheme(globals)
  const lang = isLanguage(globals.language) ? globals.language : 'en'
  const dir = globals.direction === 'rtl' ? 'rtl' : 'ltr'
  const story = (
    <UploadI18nProvider messages={lang === 'en' ? undefined : languages[lang]}>
      <Story />
    </UploadI18nProvider>
  )
  // The text of a docs page is English.
  if (viewMode === 'docs') return <div {...{ lang, dir }}>{story}</div>
  Object.assign(document.documentElement, { lang, dir })
  return story
}

const isLanguage = (name: unknown): name is keyof typeof languages =>
  typeof name === 'string' && name in languages

function applyTheme({ theme }: Globals) {
  document.documentElement.dataset.theme = theme === 'dark' ? 'dark' : 'light'
}

/** Docs pages have no decorator around them, and also follow the toolbar. */
function ThemedDocs(props: PropsWithChildren<DocsContainerProps>) {
  const [theme, choose] = useState(themeAtFirst)
  useEffect(() => {
    applyTheme({ theme })
    const channel = addons.getChannel()
    const follow = ({ globals }: { globals: Globals }) => {
      applyTheme(globals)
      choose(globals.theme ?? 'light')
    }
    channel.on('setGlobals', follow)
    channel.on('globalsUpdated', follow)
    return () => {
      channel.off('setGlobals', follow)
      channel.off('globalsUpdated', follow)
    }
  }, [theme])
  return <DocsContainer {...props} theme={theme === 'dark' ? themes.dark : themes.light} />
}

/** Reads the theme from the address, which the toolbar writes, or from the story that was shown before. */
function themeAtFirst(): unknown {
  const [, named] = /theme:(\w+)/.exec(decodeURIComponent(location.search)) ?? []
  return named ?? document.documentElement.dataset.theme ?? 'light'
}
