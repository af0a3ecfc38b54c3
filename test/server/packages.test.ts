import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { expect, test, vi } from 'vitest'
import { createUploadHandler } from '../../src/server/index.ts'
import { reportMissingPackages } from '../../src/server/inspection/optional-packages.ts'
import { bundleForNode } from '../harness/bundle-for-node.ts'
import { bytes, openS3Fixture, photos, secret } from '../harness/s3-fixture.ts'
import type { S3Fixture } from '../harness/s3-fixture.ts'
import type { UploadHandlerOptions } from '../../src/server/index.ts'

const storage = await openS3Fixture().then(async (bed) => {
  await bed.close()
  return bed.storage()
})

test.each([
  // Earlier versions never end on 230 bytes of ASF (CVE-2026-31808), or inflate a ZIP of 40 kB to 40 MB.
  ['file-type', [21, 3, 2]],
  // Earlier versions never end on HEIF and ICNS with a box of size 0.
  ['image-size', [2, 1, 0]],
])('the peer range of %s admits no version that hangs on a hostile file', (name, floor) => {
  const { peerDependencies }: { peerDependencies: Record<string, string> } = JSON.parse(
    readFileSync('package.json', 'utf8'),
  )
  const [, ...numbers] = /^(?:>=|\^)(\d+)\.(\d+)\.(\d+)$/.exec(peerDependencies[name] ?? '') ?? []
  const difference = numbers.map((number, index) => Number(number) - (floor[index] ?? 0)).find(Boolean) ?? 0
  expect(numbers).toHaveLength(3)
  // corpus.test.ts runs the lowest version on hostile files.
  const lowest = [`${name}-lowest`, name].find((each) => existsSync(`node_modules/${each}`))
  expect(JSON.parse(readFileSync(`node_modules/${lowest}/package.json`, 'utf8')).version).toBe(
    floor.join('.'),
  )
  expect(difference).toBeGreaterThanOrEqual(0)
})

/** Messages reported by a server on which neither package is installed. */
async function missingOf(routes: UploadHandlerOptions['routes']): Promise<string[]> {
  const messages: string[] = []
  const fail = (name: string) => vi.fn(() => Promise.reject(new Error(name)))
  const loaders = { sniff: fail('file-type'), image: fail('image-size') }
  const report = (thrown: unknown) => messages.push(String(thrown))
  await reportMissingPackages(Object.values(routes), report, loaders)
  return messages
}

test('a missing package is reported once for all routes that need it', async () => {
  const image = true
  const anyFile = { accept: '*' }
  const routes = { a: photos({ ...anyFile, image }), b: photos({ ...anyFile, image }), c: photos(anyFile) }
  expect(await missingOf(routes)).toEqual(['Error: file-type', 'Error: image-size'])
})

test('a package that no route needs is not loaded', async () => {
  const accept = 'image/*,.psd'
  expect(await missingOf({ a: photos({ accept }) })).toEqual(['Error: file-type'])
  expect(await missingOf({ a: photos({ accept, detectType: false, image: {} }) })).toEqual([
    'Error: image-size',
  ])
  // Under a maximum, image-size is not used.
  expect(await missingOf({ a: photos({ accept, detectType: false, image: { maxWidth: 9 } }) })).toEqual([])
  expect(await missingOf({ a: photos({ accept, detectType: false }) })).toEqual([])
  expect(await missingOf({ a: photos({ accept: 'image/*', image: true }) })).toEqual([])
})

test('nothing is reported where the packages are installed', async () => {
  const errors: unknown[] = []
  const routes = { photos: photos({ image: true }) }
  const handler = createUploadHandler({ storage, secret, routes, onError: (error) => errors.push(error) })
  await handler(new Request('http://app.test/'))
  expect(errors).toEqual([])
})

test.concurrent('a handler without its packages reports them before its first request, and continues', async () => {
  const { log } = await runWithoutPackages(`
    const storage = { prefix: 'uploads/', filesPrefix: 'files/' }
    const rules = { maxSize: '1MB', authorize: () => null }
    const routes = {
      photos: { ...rules, accept: 'image/*', image: true },
      videos: { ...rules, accept: 'video/*' },
      files: { ...rules, accept: '*', detectType: false, image: true },
    }
    createUploadHandler({ storage, secret: 'x'.repeat(32), routes })
  `)
  expect(log).toEqual([
    expect.stringMatching(/^putaway: start failed\. .*npm install image-size\.$/),
    expect.stringMatching(
      /^putaway: start failed\. .*package file-type .* npm install file-type\. .*detectType/,
    ),
  ])
})

/** A program with a route of pictures, and with `upload`, which prints the result of a file. */
const uploadProgram = ({ access, bucket }: S3Fixture, rules: object = {}) => `
  const storage = s3Storage(${JSON.stringify({ ...access, bucket })})
  const rules = { strategy: 'put', accept: 'image/*', maxSize: '1MB', authorize: () => ({ id: 'me' }) }
  const routes = { photos: { ...rules, ...${JSON.stringify(rules)} } }
  const uploads = createUploadHandler({ storage, secret: 'x'.repeat(32), routes })
  const call = async (body) => {
    const headers = { 'content-type': 'application/json' }
    const request = new Request('http://app.test/', { method: 'POST', headers, body: JSON.stringify(body) })
    return (await uploads(request)).json()
  }
  const upload = async (name, type, body) => {
    const { tickets } = await call({ type: 'presign', files: [{ id: 'a', name, type, size: body.length }] })
    const { url, headers, token } = tickets[0].ticket
    await fetch(url, { method: 'PUT', headers, body })
    const { results } = await call({ type: 'confirm', receipts: [{ id: 'a', token }] })
    console.log(JSON.stringify(results[0]))
  }`

test.concurrent('without file-type, a TIFF is refused and deleted, and the reason is reported once', async () => {
  const bucket = await openS3Fixture()
  try {
    const { printed, log } = await runWithoutPackages(`
      ${uploadProgram(bucket)}
      const tiff = Uint8Array.of(0x49, 0x49, 0x2a, 0, 8, 0, 0, 0, ...new Array(504).fill(0))
      await upload('a.tif', 'image/tiff', tiff)
      await upload('b.tif', 'image/tiff', tiff)
      await upload('c.png', 'image/png', Uint8Array.of(${bytes.join()}))
      await upload('d.png', 'image/png', new TextEncoder().encode('%PDF-1.7'))
    `)
    const hint = 'Without the package file-type, only JPEG, PNG, GIF, WebP, AVIF, HEIC and PDF are detected.'
    const refused = (message: string) => ({
      id: 'a',
      error: expect.objectContaining({ code: 'wrong-type', message }),
    })
    const refusedTiff = refused(`The file was rejected and deleted: its content is not image/tiff. ${hint}`)
    expect(printed.map((line) => JSON.parse(line))).toEqual([
      refusedTiff,
      refusedTiff,
      { id: 'a', result: expect.objectContaining({ type: 'image/png' }) },
      refused(
        'The file was rejected and deleted: its content is application/pdf, which the route does not accept.',
      ),
    ])
    expect(await bucket.keys()).toEqual([expect.stringMatching(/^files\/.*png$/)])
    const report = `Error: Route "photos" refused a file. ${hint} To accept more: npm install file-type.`
    expect(log).toEqual([`putaway: confirm failed. ${report}`])
  } finally {
    await bucket.close()
  }
})

test.concurrent('without image-size, a PSD is refused and deleted, and the reason is reported once', async () => {
  const bucket = await openS3Fixture()
  try {
    const program = `
      ${uploadProgram(bucket, { image: true })}
      const psd = new Uint8Array(26)
      psd.set(new TextEncoder().encode('8BPS\\0\\x01'))
      psd.set([20, 0, 0, 0, 30], 17)
      await upload('a.psd', 'image/vnd.adobe.photoshop', psd)
      await upload('b.psd', 'image/vnd.adobe.photoshop', psd)
      await upload('c.png', 'image/png', Uint8Array.of(${bytes.join()}))
    `
    const { printed, log } = await runWithoutPackages(program, ['image-size'])
    const message =
      'The image was rejected and deleted: the size of its format is read by the package image-size, which is not installed.'
    const refused = { id: 'a', error: expect.objectContaining({ code: 'rejected', message }) }
    expect(printed.map((line) => JSON.parse(line))).toEqual([
      refused,
      refused,
      { id: 'a', result: expect.objectContaining({ width: expect.any(Number) }) },
    ])
    expect(await bucket.keys()).toEqual([expect.stringMatching(/^files\/.*png$/)])
    expect(log).toEqual([
      'putaway: confirm failed. Error: Route "photos" refused a file. A route with `image` needs the package image-size: npm install image-size.',
    ])
  } finally {
    await bucket.close()
  }
})

const serverUrl = pathToFileURL(
  await bundleForNode(new URL('../../src/server/index.ts', import.meta.url)),
).href

/** Runs a program with the exports of putaway/server on a server where some packages are not installed. */
async function runWithoutPackages(
  program: string,
  missing = ['file-type', 'image-size'],
): Promise<{ printed: string[]; log: string[] }> {
  const hooks = `export const resolve = (name, context, next) => ${JSON.stringify(missing)}.includes(name) ? Promise.reject(name) : next(name, context)`
  const registered = `import { register } from 'node:module'; register(${JSON.stringify(scriptUrl(hooks))})`
  const args = ['--import', scriptUrl(registered), '--input-type=module', '--eval']
  const imports = `const { createUploadHandler, s3Storage } = await import('${serverUrl}')`
  const child = spawn(process.execPath, [...args, `${imports}\n${program}`])
  let [printed, log] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text))
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(log)
  return { printed: linesOf(printed), log: linesOf(log).toSorted() }
}

function linesOf(text: string): string[] {
  return text.split('\n').filter(Boolean)
}

function scriptUrl(text: string): string {
  return `data:text/javascript,${encodeURIComponent(text)}`
}
