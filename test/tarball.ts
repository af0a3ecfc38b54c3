import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const uploadScript = `
import { S3Client } from '@aws-sdk/client-s3'
import { renderToString } from 'react-dom/server'
import { createElement } from 'react'
import { ImageUploader, UploadProvider } from 'putaway'
import { createPool, createUploader } from 'putaway/core'
import { startLocalS3 } from 'putaway/local-s3'
import { createUploadHandler, route, s3Storage } from 'putaway/server'
import { fakeUploads } from 'putaway/testing'

const html = renderToString(createElement(UploadProvider, { endpoints: '/api' }, createElement(ImageUploader, { label: 'Photos' })))
if (!html.includes('Photos')) throw new Error('no server markup')

const { endpoint, region, credentials, close } = await startLocalS3()
const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true })
const uploads = createUploadHandler({
  storage: s3Storage({ client, bucket: 'uploads' }),
  secret: 'a secret of this script, and of nobody else',
  routes: { photos: route({ accept: 'image/*', maxSize: '1MB', authorize: () => ({ id: 'me' }) }) },
})
const ask = async (body) => {
  const headers = { 'content-type': 'application/json' }
  return (await uploads(new Request('http://app/', { method: 'POST', headers, body: JSON.stringify(body) }))).json()
}
const { tickets } = await ask({ type: 'presign', files: [{ id: '1', name: 'a.gif', size: 6, type: 'image/gif' }] })
const { url, fields, token } = tickets[0].ticket
const form = new FormData()
for (const [name, value] of Object.entries(fields)) form.append(name, value)
form.append('file', new Blob(['GIF89a']))
const { status } = await fetch(url, { method: 'POST', body: form })
const { results } = await ask({ type: 'confirm', receipts: [{ id: '1', token }] })
if (status !== 201 || results[0].result?.size !== 6) throw new Error(JSON.stringify({ status, results }))

const fake = fakeUploads()
const uploader = createUploader({ ...fake, pool: createPool(), host: { now: Date.now, frame: (run) => run(), random: Math.random, isOnline: () => true, sleep: async () => {} }, newId: () => '1' })
uploader.add([new File(['abc'], 'a.txt')])
const [item] = await uploader.settled()
if (item.status !== 'done') throw new Error(item.status)
await close()
console.log('tarball: stored and confirmed')
`

const page = `
import { createRoot } from 'react-dom/client'
import { ImageUploader, UploadProvider } from 'putaway'
import 'putaway/styles.css'

const root = document.getElementById('root')
if (root) {
  createRoot(root).render(
    <UploadProvider endpoints="/api/uploads">
      <ImageUploader label="Photos" multiple />
    </UploadProvider>,
  )
}
`

const tsconfig = JSON.stringify({
  compilerOptions: {
    strict: true,
    noEmit: true,
    module: 'ESNext',
    moduleResolution: 'bundler',
    jsx: 'react-jsx',
    lib: ['ES2023', 'DOM'],
    types: ['vite/client'],
  },
  include: ['page.tsx'],
})

/**
 * Installs the packed package into an app of its own and uses every entry there, as a user would: what is missing from
 * the tarball, or only resolves inside this repository, shows here. Run by `.ci/full`.
 */
const app = mkdtempSync(join(tmpdir(), 'putaway-app-'))
const run = (command: string, ...args: string[]) =>
  execFileSync(command, args, { cwd: app, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' })
const step = (what: string) => console.log(`tarball: ${what}`)

const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  devDependencies: Record<string, string>
}
const same = (...names: string[]) => names.map((name) => `${name}@${devDependencies[name]}`)

try {
  step('build and pack')
  execFileSync('npm', ['run', 'build'], { stdio: ['ignore', 'ignore', 'inherit'] })
  execFileSync('npm', ['pack', '--pack-destination', app], { stdio: ['ignore', 'ignore', 'ignore'] })

  step(`install into ${app}`)
  writeFileSync(join(app, 'package.json'), JSON.stringify({ type: 'module', private: true }))
  const peers = same(
    'react',
    'react-dom',
    '@tanstack/react-query',
    '@aws-sdk/client-s3',
    '@aws-sdk/s3-presigned-post',
    '@aws-sdk/s3-request-presigner',
    'file-type',
    'vite',
    'typescript',
    '@types/react',
    '@types/react-dom',
    '@types/node',
  )
  run('npm', 'install', '--no-audit', '--no-fund', '--loglevel=error', './putaway-0.1.0.tgz', ...peers)

  step('an upload through server and local-s3, from Node')
  writeFileSync(join(app, 'upload.mjs'), uploadScript)
  process.stdout.write(run('node', 'upload.mjs'))

  step('types and a production build of a page')
  writeFileSync(join(app, 'page.tsx'), page)
  writeFileSync(
    join(app, 'index.html'),
    '<div id="root"></div><script type="module" src="/page.tsx"></script>',
  )
  writeFileSync(join(app, 'tsconfig.json'), tsconfig)
  run('npx', 'tsc')
  run('npx', 'vite', 'build', '--logLevel', 'error')
  step('passed')
} finally {
  rmSync(app, { recursive: true, force: true })
}
