import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'
import type { Plugin } from 'vitest/config'
import { testBrowser } from './test/harness/browsers/test-browser.ts'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Public entries; package.json `exports` and tsconfig.json `paths` name the same ones. */
const entries = {
  index: at('src/index.ts'),
  'core/index': at('src/core/index.ts'),
  'image/index': at('src/image/index.ts'),
  'server/index': at('src/server/index.ts'),
  'testing/index': at('src/testing/index.ts'),
  'locales/index': at('src/locales/index.ts'),
  'cli/index': at('src/cli/index.ts'),
  styles: at('src/styled/styles.css'),
}

const { 'cli/index': cli, 'server/index': server, styles, ...pageEntries } = entries

/**
 * Entries by the mode of the build. Node loads each module as a file of its own, and 98 files took 150 ms. So modules of
 * the server and of its command are joined. Those of the page stay files: a bundler then leaves out what an app does not
 * import. No bundler reads the CommonJS copy, so its modules are joined too: half of its size on disk was the remainder of
 * the last block of each file. The code is not minified, so there are no source maps: they took 2.6 MB of each install.
 */
const entriesByMode: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  server: { 'server/index': server, 'cli/index': cli },
  commonjs: { ...pageEntries, 'server/index': server },
  package: { ...pageEntries, styles },
}

/** The class UploadError with the modules that it imports. The entries of page and server have one copy of it. */
const sharedByEntries =
  /[\\/]src[\\/](protocol[\\/](errors|error-codes|error-text|byte-size)|internal[\\/]lazy-module)\.ts$/

/** So that tests, stories and the demo import what users import. */
const alias = [
  { find: /^putaway\/styles\.css$/, replacement: at('src/styled/styles.css') },
  { find: /^putaway\/(core|image|server|testing|locales)$/, replacement: at('src/$1/index.ts') },
  { find: /^putaway$/, replacement: at('src/index.ts') },
  { find: /^local-s3$/, replacement: at('packages/local-s3/src/index.ts') },
  { find: /^local-s3\/cli$/, replacement: at('packages/local-s3/src/cli.ts') },
]

/**
 * react-dropzone and react-easy-crop are parts of the package, not dependencies: npm installs their peer React
 * everywhere, and a server needs none. thumbhash is small and only for browsers.
 */
const bundled = /^(react-dropzone|file-selector|attr-accept|react-easy-crop|normalize-wheel|thumbhash)$/
/** Is an ES module without a CommonJS form. */
const bundledInCommonJs = /^is-network-error$/

/**
 * The CommonJS copy in `dist/cjs` is for Jest, which requires no ES module. Node and bundlers find the ES modules by the
 * conditions `module-sync` and `module`, so that an app has one copy. `tsc` writes declarations into the same folder.
 */
const commonJsScope: Plugin = {
  name: 'commonjs-scope',
  generateBundle() {
    this.emitFile({ type: 'asset', fileName: 'package.json', source: '{ "type": "commonjs" }\n' })
  },
}

/** A test that waits for nothing but its own work may share the cores with other work. */
const testTimeout = 20_000
/** They count timers, and a request that another file has started may set one. */
const timerTests = ['test/server/{deadline,s3-request}.test.ts', 'test/transport/stall.test.ts']
/** One changes the policy of its page for good, the other counts the workers that a page starts. */
const ownPageTests = ['no-worker', 'thumbnails']
const ownPageFile = (name: string) => `test/browser/${name}.browser.test.tsx`
/** What a browser other than Chromium needs in the frame of a test. */
const frameSetup = {
  chromium: [],
  firefox: ['test/harness/browsers/frame-setup.ts'],
  webkit: ['test/harness/browsers/webkit/setup.ts'],
}[testBrowser]
/** Playwright does not drive WebKitGTK, so these are the files that its own WebDriver can run. */
const e2eFiles =
  testBrowser === 'webkit'
    ? ['test/e2e/{changed-files,no-answer}.e2e.test.ts', 'test/e2e/*.webkit.test.ts']
    : ['test/**/*.e2e.test.ts']
/**
 * Tests of components that fail in WebKitGTK. `dialogs` did not end in 130 s. `virtual-rows`: its server test failed with
 * "Invalid hook call" in a first run, and passed in the second one.
 */
const uncheckedComponents =
  testBrowser === 'webkit' ? ['test/browser/{dialogs,virtual-rows}.browser.test.tsx'] : []
/** The default of 1 s is too short when other processes share the cores. */
const expectOptions = { poll: { timeout: 20_000 } }

/**
 * Vitest creates all projects before it looks for `--project`. Storybook's takes 4 s of CPU time, and Playwright of the
 * other one in a browser takes 2 s.
 */
const runsProject = (...names: readonly string[]) =>
  !process.argv.includes('--project') || names.some((name) => process.argv.includes(name))

/** A test that moves real bytes took 15 s on two cores with a load of 22. */
const browserTestTimeout = 60_000

export default defineConfig(async ({ mode }) => {
  const testing = Boolean(process.env.VITEST)
  const commonJs = mode === 'commonjs'
  const joined = mode === 'server'
  const chunkFileNames = ({ name }: { name: string }) =>
    commonJs ? `chunks/${name}.js` : `${name === 'server' ? 'server' : 'cli'}/${name}.js`
  const browser = async () => {
    const { vitestBrowser } = await import('./test/harness/browsers/vitest-browser.ts')
    const { pictureCommands } = await import('./test/harness/picture-commands.ts')
    return {
      enabled: true,
      // As in CI. With it, the frame of a test is scaled.
      ui: false,
      commands: pictureCommands,
      screenshotFailures: false,
      ...(await vitestBrowser()),
    }
  }

  const componentProject = async () => {
    const settings = await browser()
    return {
      extends: true as const,
      test: {
        name: 'components',
        // Vite looks for dependencies in these files before the first test.
        include: ['test/**/*.browser.test.{ts,tsx}'],
        isolate: false,
        setupFiles: ['test/harness/browsers/setup.ts', ...frameSetup],
        globalSetup: ['test/harness/backend.ts'],
        testTimeout: browserTestTimeout,
        browser: {
          ...settings,
          // They share one Vite server: a further one bundled and transformed all files again, for 7 s of CPU.
          instances: settings.instances.flatMap((instance) => [
            {
              ...instance,
              name: 'browser',
              exclude: [...ownPageTests.map(ownPageFile), ...uncheckedComponents],
            },
            ...ownPageTests.map((name) => ({ ...instance, name, include: [ownPageFile(name)] })),
          ]),
        },
      },
      // If Vite finds one of them only while a test runs, it loads all of them again, and then React is there twice.
      optimizeDeps: {
        include: [
          'react',
          'react/jsx-dev-runtime',
          'react-dom/client',
          '@testing-library/react',
          'react-dropzone',
          'react-easy-crop',
          'thumbhash',
          '@base-ui/react/dialog',
          '@base-ui/react/popover',
          '@mantine/core',
          '@mui/material/Dialog',
          '@mui/material/Popover',
          '@radix-ui/react-dialog',
          '@radix-ui/react-popover',
        ],
      },
    }
  }

  const storyProject = async () => {
    const { storybookTest } = await import('@storybook/addon-vitest/vitest-plugin')
    return {
      extends: true as const,
      plugins: [storybookTest({ configDir: at('.storybook') })],
      test: {
        name: 'storybook',
        isolate: false,
        setupFiles: frameSetup,
        testTimeout: browserTestTimeout,
        browser: await browser(),
      },
    }
  }

  return {
    plugins: [react(), ...(commonJs ? [commonJsScope] : [])],
    resolve: { alias },
    build: {
      target: 'es2022',
      minify: false,
      cssCodeSplit: true,
      outDir: commonJs ? 'dist/cjs' : 'dist',
      // `server` adds to the files of `package`.
      emptyOutDir: !joined,
      lib: {
        entry: { ...(entriesByMode[mode] ?? entries) },
        formats: [commonJs ? ('cjs' as const) : ('es' as const)],
      },
      ...(!joined && { license: { fileName: 'vendor/LICENSES.md' } }),
      rolldownOptions: {
        external: (id: string) =>
          joined && sharedByEntries.test(id)
            ? true
            : !/^[./]/.test(id) && !bundled.test(id) && !(commonJs && bundledInCommonJs.test(id)),
        output: {
          ...(mode === 'package'
            ? { preserveModules: true, preserveModulesRoot: 'src' }
            : { chunkFileNames, minifyInternalExports: false }),
          // Rolldown reads these paths from `dist`.
          ...(joined && { paths: (id: string) => id.replace(/^.*[\\/]src[\\/](.*)\.ts$/, '$1.js') }),
          ...(commonJs && { comments: { jsdoc: false, annotation: false } }),
          // Jest has no dynamic import without a flag of Node.
          dynamicImportInCjs: false,
          // npm packs nothing that lies in a node_modules.
          entryFileNames: ({ name }: { name: string }) =>
            `${name.replace(/^(.*\/)?node_modules\//, 'vendor/')}.js`,
          assetFileNames: '[name][extname]',
        },
      },
    },
    ...(testing && {
      test: {
        expect: expectOptions,
        projects: [
          {
            extends: true as const,
            test: {
              name: 'node',
              environment: 'node',
              // Faster than processes.
              pool: 'threads',
              isolate: false,
              include: ['test/**/*.test.ts', 'packages/*/test/**/*.test.ts'],
              exclude: ['test/**/*.{dom,browser,e2e,webkit}.test.*', ...timerTests],
              setupFiles: ['test/harness/fresh-modules.ts'],
              testTimeout,
            },
          },
          {
            extends: true as const,
            test: { name: 'timers', environment: 'node', pool: 'threads', include: timerTests, testTimeout },
          },
          {
            extends: true as const,
            test: {
              name: 'dom',
              environment: 'happy-dom',
              include: ['test/**/*.dom.test.{ts,tsx}'],
              isolate: false,
              setupFiles: ['test/harness/fresh-modules.ts', 'test/harness/dom.ts'],
              testTimeout,
            },
          },
          ...(runsProject('components', 'browser', ...ownPageTests) ? [await componentProject()] : []),
          {
            extends: true as const,
            test: {
              name: 'e2e',
              environment: 'node',
              include: e2eFiles,
              isolate: false,
              globalSetup: ['test/harness/page-folder.ts'],
              testTimeout: 120_000,
              hookTimeout: 120_000,
              fileParallelism: false,
            },
          },
          ...(runsProject('storybook') ? [await storyProject()] : []),
        ],
      },
    }),
  }
})
