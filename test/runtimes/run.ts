import { strict as assert } from 'node:assert'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startLocalS3 } from 'local-s3'
import { packPackages, quietFlags } from '../harness/npm.ts'
import { cases } from './cases.ts'
import type { CallStorage, Store } from './cases.ts'
import { measure } from './measure.ts'
import { startWorker } from './worker.ts'
import { uploadAcross, uploadTiff } from './uploads.ts'

/**
 * Runs putaway/server on Node, Bun, Deno and Cloudflare's workerd, from the packed package as an app installs it: every
 * kind of ticket, presigned by one runtime and confirmed by another, and the cases of cases.ts. The Worker has no
 * optional package; a second one has file-type and image-size. The store is local-s3, or the one of S3_ENDPOINT,
 * S3_REGION, S3_BUCKET, S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY. Needs `npm run build` first.
 */
const here = import.meta.dirname
const bin = (name: string) => join(here, 'node_modules/.bin', name)
const folder = mkdtempSync(join(tmpdir(), 'putaway-runtimes-'))
const [appFolder, workerFolder] = [join(folder, 'app'), join(folder, 'worker')]
const endings: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })]
const started = Date.now()
const step = (text: string) =>
  console.log(`${((Date.now() - started) / 1000).toFixed(1).padStart(6)}s  ${text}`)

const store = await openStore()
try {
  step('npm ci of the runtimes, pack and install putaway')
  execFileSync('npm', ['ci', ...quietFlags], {
    cwd: here,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const { putaway } = packPackages(folder)
  installApp(appFolder, putaway, ...optionalPackages())
  // As docs/runtimes.md has it: pictures need no other package.
  installApp(workerFolder, putaway)
  const { endpoint, region, bucket, credentials } = store
  const settings = {
    access: JSON.stringify({
      endpoint,
      region,
      bucket,
      credentials,
      ...(!store.isStrict && { checksums: false }),
    }),
    secret: 'a secret of the runtimes, and of no other app',
  }
  const runtimes = new Map([
    ['node', await startProcess(process.execPath, ['node.mjs'], settings)],
    ['bun', await startProcess(bin('bun'), ['bun.mjs'], settings)],
    ['deno', await startProcess(bin('deno'), ['run', '--no-check', '--allow-all', 'deno.mjs'], settings)],
    ['workerd', await startWorker(workerFolder, bin('wrangler'), settings, endings)],
  ])
  const fullWorker = await startWorker(appFolder, bin('wrangler'), settings, endings)
  step(`started ${[...runtimes.keys()].join(', ')}; the store is ${store.isStrict ? 'local-s3' : endpoint}`)

  let [passed, failed] = [0, 0]
  const check = async (title: string, run: () => Promise<void>) => {
    try {
      await run()
      passed += 1
      step(`ok    ${title}`)
    } catch (thrown) {
      failed += 1
      step(`FAIL  ${title}\n${thrown instanceof Error ? thrown.stack : String(thrown)}`)
    }
  }
  for (const [signer, signedAt] of runtimes)
    for (const [confirmer, confirmedAt] of runtimes)
      for (const kind of ['put', 'post', 'multipart'])
        await check(`${kind}: ${signer} presigns, ${confirmer} confirms`, () =>
          uploadAcross(kind, signedAt, confirmedAt),
        )
  for (const kind of ['put', 'post', 'multipart'])
    await check(`${kind}: workerd with file-type and image-size`, () =>
      uploadAcross(kind, fullWorker, fullWorker),
    )
  await check('TIFF: accepted with file-type, refused without', async () => {
    const [stored, refused] = [await uploadTiff(fullWorker), await uploadTiff(runtimes.get('workerd') ?? '')]
    assert.deepEqual([stored, refused], ['image/tiff', 'wrong-type'])
  })
  for (const [title, run] of Object.entries(cases))
    await Promise.all(
      [...runtimes].map(([name, url]) =>
        check(`${name}: ${title}`, () => run({ call: callerOf(url), store, prefix: `cases/${name}/` })),
      ),
    )
  if (process.argv.includes('--measure')) measure(appFolder, workerFolder, bin('wrangler'))
  console.log(`${passed} passed, ${failed} failed`)
  process.exitCode = failed === 0 ? 0 : 1
} finally {
  for (const end of endings.toReversed()) await end()
}

async function openStore(): Promise<Store> {
  const { S3_ENDPOINT, S3_REGION = 'us-east-1', S3_BUCKET = 'runtimes' } = process.env
  const { S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = process.env
  if (S3_ENDPOINT) {
    const credentials = { accessKeyId, secretAccessKey }
    return { endpoint: S3_ENDPOINT, region: S3_REGION, bucket: S3_BUCKET, credentials, isStrict: false }
  }
  const { endpoint, region, credentials, close } = await startLocalS3({ buckets: [S3_BUCKET] })
  endings.push(close)
  return { endpoint, region, credentials, bucket: S3_BUCKET, isStrict: true }
}

/** The packages that docs/server.md names, in the versions of this repository. */
function optionalPackages(): string[] {
  const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    devDependencies: Record<string, string>
  }
  return ['file-type', 'image-size'].map((name) => `${name}@${devDependencies[name]}`)
}

/** Installs packages in a folder with the test's programs. */
function installApp(cwd: string, ...packages: string[]): void {
  cpSync(join(here, 'app'), cwd, { recursive: true })
  writeFileSync(join(cwd, 'package.json'), JSON.stringify({ type: 'module', private: true }))
  execFileSync('npm', ['install', '--prefer-offline', ...quietFlags, ...packages], {
    cwd,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

/** Starts a program that prints its port. Returns its URL. */
async function startProcess(
  command: string,
  args: string[],
  settings: Record<string, string>,
): Promise<string> {
  const child = spawn(command, args, {
    cwd: appFolder,
    env: { ...process.env, ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  endings.push(() => child.kill())
  const ended = once(child, 'exit').then(([code]) =>
    Promise.reject(new Error(`${command} ended with ${String(code)}.`)),
  )
  let printed = ''
  for (;;) {
    const [chunk] = (await Promise.race([once(child.stdout, 'data'), ended])) as [Buffer]
    printed += String(chunk)
    const port = /port (\d+)/.exec(printed)?.[1]
    if (port === undefined) continue
    ended.catch(() => {})
    return `http://127.0.0.1:${port}`
  }
}

function callerOf(url: string): CallStorage {
  return async (calls, changes = {}) => {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${url}/storage`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ calls, changes }),
    })
    return answer.json()
  }
}
