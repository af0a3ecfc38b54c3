import { DocsContainer } from '@storybook/addon-docs/blocks'
import type { DocsContainerProps } from '@storybook/addon-docs/blocks'
import type { Decorator, Preview } from '@storybook/react-vite'
import { useEffect, useState } from 'react'
import type { PropsWithChildren } from 'react'
import { addons } from 'storybook/preview-api'
import { configure } from 'storybook/test'
import { themes } from 'storybook/theming'
import 'putaway/styles.css'
import './preview.css'

// A play function waits 1 s by default, which is too short when tests share two cores.
configure({ asyncUtilTimeout: 15_000 })

const preview: Preview = {
  tags: ['autodocs'],
  parameters: {
    layout: 'fullscreen',
    a11y: { test: 'error' },
    controls: { expanded: true, sort: 'requiredFirst' },
    docs: { container: ThemedDocs, toc: true },
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
          'UploadList',
          'ProgressBar',
          'Upload (parts)',
        ],
      },
    },
  },
  initialGlobals: { theme: 'light' },
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
  },
  decorators: [themed],
}
export default preview

function themed(...[Story, { globals }]: Parameters<Decorator>) {
  setTheme(globals.theme)
  return <Story />
}

function setTheme(theme: unknown) {
  document.documentElement.dataset.theme = theme === 'dark' ? 'dark' : 'light'
}

/** Docs pages have no decorator around them, and also follow the toolbar. */
function ThemedDocs(props: PropsWithChildren<DocsContainerProps>) {
  const [theme, choose] = useState(themeAtFirst)
  useEffect(() => {
    setTheme(theme)
    const channel = addons.getChannel()
    const follow = ({ globals }: { globals: { theme?: string } }) => {
      setTheme(globals.theme)
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
function themeAtFirst(): string {
  const [, named] = /theme:(\w+)/.exec(decodeURIComponent(location.search)) ?? []
  return named ?? document.documentElement.dataset.theme ?? 'light'
}
