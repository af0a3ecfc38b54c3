import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { launchChromium } from '../harness/chromium.ts'
import { buildPackages, packPackages, quietFlags } from '../harness/npm.ts'

/**
 * Follows the README in an empty folder: packs the packages, runs its install commands, saves its snippets as they
 * are, starts its servers and uploads an image in Chromium. Fails unless the image is done and `verified`. Run by `npm
 * run test:quickstart`; `-- --framework next` selects one framework, `-- --built` skips the build.
 */
const { values: options } = parseArgs({
  options: { framework: { type: 'string' }, built: { type: 'boolean', default: false } },
})
const minutes = 15
const readme = readFileSync('README.md', 'utf8')

/** A free port in place of the port that the README names, because other work on this machine may use that one. */
interface Port {
  readonly named: number
  readonly free: number
}

interface Quickstart {
  /** Packages that an app of this framework has before it follows the README. */
  readonly template: readonly string[]
  /** Text in the README before the install commands that only this framework needs. */
  readonly commandsAfter?: string
  /** File name, and text that only the README's snippet for this file contains. */
  readonly snippets: Readonly<Record<string, string>>
  /** Files of the framework's own template. */
  readonly files: Readonly<Record<string, string>>
  /** Ports in the snippets and in the README's command. */
  readonly ports: readonly number[]
  /** Starts the servers. The last command serves the page on `pagePort`. */
  readonly commands: (pagePort: number) => readonly string[]
}

const page = 'export default function App()'
const quickstarts: Readonly<Record<string, Quickstart>> = {
  vite: {
    template: ['vite', '@vitejs/plugin-react', 'typescript', '@types/react', '@types/react-dom'],
    commandsAfter: 'with Vite and Hono.',
    snippets: {
      'src/App.tsx': page,
      'server.ts': "from '@hono/node-server'",
      'vite.config.ts': "from '@vitejs/plugin-react'",
    },
    files: {
      'package.json': '{ "private": true, "type": "module" }',
      'index.html': '<div id="root"></div><script type="module" src="/src/main.tsx"></script>',
      'src/main.tsx':
        "import { createRoot } from 'react-dom/client'\nimport App from './App.tsx'\n" +
        "createRoot(document.getElementById('root')!).render(<App />)\n",
    },
    ports: [3001, 9000],
    commands: (pagePort) => [readmeCommand('npx tsx '), `npx vite --port ${pagePort} --strictPort`],
  },
  next: {
    // Next.js does not support TypeScript 7 yet.
    template: ['next', 'typescript@6', '@types/node', '@types/react', '@types/react-dom'],
    snippets: { 'app/page.tsx': page, 'app/api/uploads/route.ts': 'export const POST =' },
    files: {
      'package.json': '{ "private": true }',
      'app/layout.tsx':
        'export default function Layout({ children }: { children: React.ReactNode }) {\n' +
        '  return <html lang="en"><body>{children}</body></html>\n}\n',
    },
    ports: [9000],
    commands: (pagePort) => [
      readmeCommand('S3_ACCESS_KEY_ID='),
      `npx next dev --hostname localhost --port ${pagePort}`,
    ],
  },
}

/** The code of the only snippet that contains a text. */
function snippetWith(text: string): string {
  const found = Array.from(readme.matchAll(/^```tsx?\n(.*?)^```$/gms), ([, code = '']) => code).filter(
    (code) => code.includes(text),
  )
  if (found.length !== 1) throw new Error(`${found.length} snippets of the README contain "${text}"`)
  return found[0]!
}

/** The only command in backticks that begins with a text. */
function readmeCommand(start: string): string {
  const prose = readme.replaceAll(/^```.*?^```$/gms, '')
  const found = Array.from(prose.matchAll(/`([^`]+)`/g), ([, code = '']) => code.replaceAll(/\s+/g, ' '))
  const commands = found.filter((code) => code.startsWith(start))
  if (commands.length !== 1)
    throw new Error(`${commands.length} commands of the README begin with "${start}"`)
  return commands[0]!
}

/** The README's install commands: the common ones, and those of a framework. */
function installCommands({ commandsAfter }: Quickstart): string[] {
  const common = Array.from(readme.matchAll(/^npm install .*$/gm), ([command]) => command)
  if (!commandsAfter) return common
  const [paragraph = ''] = readme.slice(readme.indexOf(commandsAfter)).split('```')
  return [
    ...common,
    ...Array.from(paragraph.matchAll(/`(npm install [^`]+)`/g), ([, command = '']) => command),
  ]
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // it listens on a port, not on a pipe
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function follow(name: string, quickstart: Quickstart, tarballs: ReadonlyMap<string, string>) {
  const app = mkdtempSync(join(tmpdir(), `putaway-quickstart-${name}-`))
  const started: (() => void)[] = []
  const begin = performance.now()
  const step = (text: string) =>
    console.log(`quickstart ${name}: ${text} (${((performance.now() - begin) / 1000).toFixed(1)}s)`)
  try {
    const ports: Port[] = []
    for (const named of quickstart.ports) ports.push({ named, free: await freePort() })
    const withFreePorts = (text: string) =>
      ports.reduce((changed, { named, free }) => changed.replaceAll(String(named), String(free)), text)
    const save = (file: string, text: string) => {
      mkdirSync(dirname(join(app, file)), { recursive: true })
      writeFileSync(join(app, file), withFreePorts(text))
    }
    for (const [file, text] of Object.entries(quickstart.files)) save(file, text)
    const npm = (command: string) =>
      execFileSync('npm', [...command.split(' ').slice(1), ...quietFlags], { cwd: app, stdio: 'inherit' })
    npm(`npm install ${quickstart.template.join(' ')} react react-dom`)
    step('has an app of its framework')

    for (const command of installCommands(quickstart))
      npm(command.replaceAll(/\S+/g, (word) => tarballs.get(word) ?? word))
    step('has the packages')
    for (const [file, text] of Object.entries(quickstart.snippets)) save(file, snippetWith(text))

    const pagePort = await freePort()
    for (const command of quickstart.commands(pagePort)) {
      const child = spawn(withFreePorts(command), {
        cwd: app,
        shell: true,
        detached: true,
        stdio: ['ignore', 'ignore', 'inherit'],
      })
      // The shell, npx and the server are one process group.
      const stop = () => {
        process.off('exit', stop)
        const hasEnded = child.exitCode !== null || child.signalCode !== null
        if (!hasEnded && child.pid !== undefined) process.kill(-child.pid)
      }
      started.push(stop)
      process.once('exit', stop)
    }
    for (const { free } of ports) await retryUntilReady(() => connects(free))
    const result = await uploadImage(`http://localhost:${pagePort}`)
    step(`stored and verified ${result.key}`)
  } finally {
    for (const stop of started) stop()
    await sleep(500) // until the servers have ended, so that they write no more files
    rmSync(app, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** The result that the README's `onConfirm` returns. */
interface Stored {
  readonly key: string
  readonly verified: boolean
}

/** Chooses an image in the page, and returns the result that the page prints. */
async function uploadImage(url: string): Promise<Stored> {
  const browser = await launchChromium()
  try {
    const visitor = await browser.newPage()
    const problems: string[] = []
    visitor.on('pageerror', ({ message }) => problems.push(message))
    const printed = new Promise<Stored>((resolve, reject) =>
      visitor.on('console', (message) => {
        if (message.type() === 'error') problems.push(message.text())
        if (message.type() === 'log' && message.text().includes('verified'))
          message.args()[0]?.jsonValue().then(resolve, reject)
      }),
    )
    await retryUntilReady(() => visitor.goto(url))
    const input = visitor.getByLabel('Add images')
    await input.waitFor({ state: 'attached', timeout: 120_000 })
    await visitor.waitForLoadState('networkidle')
    const image = await visitor.screenshot()
    await input.setInputFiles({ name: 'photo.png', mimeType: 'image/png', buffer: image })
    await visitor.locator('[data-status="done"]').first().waitFor({ timeout: 120_000 })
    const result = await printed
    // The result also contains a token, which must not be in a log.
    if (!result.verified) throw new Error(`${result.key} is stored, but not verified.`)
    if (problems.length > 0) throw new Error(`The console shows problems: ${problems.join('\n')}`)
    return result
  } finally {
    await browser.close()
  }
}

async function connects(port: number): Promise<void> {
  const socket = connect(port, 'localhost')
  await once(socket, 'connect')
  socket.destroy()
}

/** Repeats an action for at most a minute, because servers need time to start. */
async function retryUntilReady(action: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await action()
      return
    } catch (thrown) {
      if (attempt === 120) throw thrown
      await sleep(500)
    }
  }
}

const ends = setTimeout(() => {
  console.error(`quickstart: stopped after the limit of ${minutes} minutes`)
  process.exit(1)
}, minutes * 60_000)
const tarballFolder = mkdtempSync(join(tmpdir(), 'putaway-quickstart-'))
try {
  if (!options.built) buildPackages()
  const tarballs = new Map(Object.entries(packPackages(tarballFolder)))
  for (const [name, quickstart] of Object.entries(quickstarts))
    if ((options.framework ?? name) === name) await follow(name, quickstart, tarballs)
} finally {
  rmSync(tarballFolder, { recursive: true, force: true })
}
clearTimeout(ends)
console.log('quickstart: passed')
