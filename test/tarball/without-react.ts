import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { quietFlags } from '../harness/npm.ts'
import { appIn } from './app.ts'
import type { App } from './app.ts'

/**
 * Installs putaway in an app that is only a server, local-s3 alone in another, and then both together. npm must install
 * no React in any of them.
 */
export function installWithoutReact(putaway: string, localS3: string, serverPackages: readonly string[]) {
  withApp('server', (app) => {
    app.run('npm', 'install', ...quietFlags, putaway, ...serverPackages)
    expectNoReact(app)
    app.run('node', '--eval', "require('putaway/server')")
    const { stderr, status } = putawayLocalS3(app)
    if (status !== 1 || !stderr.includes('npm install -D local-s3'))
      throw new Error(`npx putaway local-s3 without local-s3 ended with ${status}: ${stderr}`)

    app.step('npx putaway local-s3 after npm install -D local-s3')
    app.run('npm', 'install', '--save-dev', ...quietFlags, localS3)
    expectNoReact(app)
    const { stdout } = putawayLocalS3(app)
    if (!stdout.includes('--strict-checksums')) throw new Error(`npx putaway local-s3 printed: ${stdout}`)
    for (const script of ['local-s3.mjs', 'upload.mjs'])
      copyFileSync(join(import.meta.dirname, 'app', script), join(app.folder, script))
    process.stdout.write(app.run('node', 'local-s3.mjs', 'upload.mjs'))
  })
  withApp('local-s3', (app) => {
    app.run('npm', 'install', '--save-dev', ...quietFlags, localS3)
    expectNoReact(app)
    if (existsSync(join(app.folder, 'node_modules/putaway'))) throw new Error('local-s3 installs putaway')
    if (!app.run('npx', 'local-s3', '--help').includes('--strict-checksums'))
      throw new Error('npx local-s3 does not print its options')
    for (const load of [
      "require('local-s3').startLocalS3()",
      "import('local-s3').then(({ startLocalS3 }) => startLocalS3())",
    ])
      app.run('node', '--eval', `${load}.then((s3) => s3.close())`)
  })
}

function withApp(name: string, run: (app: App) => void) {
  const app = appIn(mkdtempSync(join(tmpdir(), `putaway-${name}-`)))
  app.step(`install without React into ${app.folder}`)
  try {
    writeFileSync(join(app.folder, 'package.json'), JSON.stringify({ type: 'module', private: true }))
    run(app)
  } finally {
    rmSync(app.folder, { recursive: true, force: true })
  }
}

const putawayLocalS3 = ({ folder }: App) =>
  spawnSync('npx', ['putaway', 'local-s3', '--help'], { cwd: folder, encoding: 'utf8' })

/** `npm ls` exits with 1 when it finds nothing. */
function expectNoReact({ folder }: App) {
  const names = ['react', 'react-dom', '@tanstack/react-query']
  const { stdout } = spawnSync('npm', ['ls', '--all', '--parseable', ...names], {
    cwd: folder,
    encoding: 'utf8',
  })
  if (stdout.trim() !== '') throw new Error(`npm installed React:\n${stdout}`)
}
