import { spawnSync } from 'node:child_process'
import { findFirefox, installLines } from '../harness/browsers/test-browser.ts'

/**
 * Runs the tests of the browser in another one than Chromium: `npm run test:firefox`. Fails if it is not installed.
 * The suites run one after the other, because each starts its own browser. Standard input is closed, because Vitest
 * waits for keys otherwise.
 */
const browser = process.argv[2]
if (browser !== 'firefox') throw new Error('Name a browser: firefox.')

if (findFirefox() === undefined) {
  console.error(`${browser} is not installed. Install it: ${installLines[browser]}`)
  process.exit(1)
}

for (const project of ['browser', 'storybook', 'e2e']) {
  console.log(`\n== ${project} in ${browser}`)
  const { status } = spawnSync('npx', ['vitest', 'run', '--project', project, ...process.argv.slice(3)], {
    stdio: ['ignore', 'inherit', 'inherit'],
    // `all`: also the changes of a file that CI has no time for.
    env: { ...process.env, PUTAWAY_BROWSER: browser, PUTAWAY_MATRIX: 'all' },
    shell: process.platform === 'win32',
  })
  if (status !== 0) process.exit(1)
}
