import { spawnSync } from 'node:child_process'
import { findFirefox, findProgram, findWebKit, installLines } from '../harness/browsers/test-browser.ts'

/**
 * Runs the tests of the browser in another one than Chromium: `npm run test:firefox`, `npm run test:webkit`. Fails if it
 * is not installed. The suites run one after the other, because each starts its own browser. Standard input is closed,
 * because Vitest waits for keys otherwise.
 */
const browser = process.argv[2]
if (browser !== 'firefox' && browser !== 'webkit') throw new Error('Name a browser: firefox or webkit.')

// WebKitGTK needs a display, and a machine without one a virtual one.
const needsDisplay = browser === 'webkit' && !process.env.DISPLAY
const xvfb = needsDisplay ? findProgram('xvfb-run') : undefined
const isInstalled = browser === 'firefox' ? findFirefox() : findWebKit()
if (isInstalled === undefined || (needsDisplay && xvfb === undefined)) {
  console.error(`${browser} is not installed. Install it: ${installLines[browser]}`)
  process.exit(1)
}

const projects = {
  firefox: ['browser', 'no-worker', 'thumbnails', 'storybook', 'e2e'],
  webkit: ['browser', 'no-worker', 'thumbnails', 'e2e'],
}[browser]
for (const project of projects) {
  console.log(`\n== ${project} in ${browser}`)
  const command = ['npx', 'vitest', 'run', '--project', project, ...process.argv.slice(3)]
  if (xvfb !== undefined) command.unshift(xvfb, '-a', '-s', '-screen 0 1400x1100x24')
  const [program = '', ...args] = command
  const { status } = spawnSync(program, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    // `all`: also the changes of a file that CI has no time for.
    env: { ...process.env, PUTAWAY_BROWSER: browser, PUTAWAY_MATRIX: 'all' },
    shell: process.platform === 'win32',
  })
  if (status !== 0) process.exit(1)
}
