import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { expect, test, vi } from 'vitest'
import { createUploadHandler } from '../../src/server/index.ts'
import { reportMissingPackages } from '../../src/server/inspection/optional-packages.ts'
import { openS3Fixture, photos, secret } from '../harness/s3-fixture.ts'
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

test('a handler without its packages reports them before its first request, and continues', async () => {
  const hooks =
    'export const resolve = (name, context, next) => /^(file-type|image-size)$/.test(name) ? Promise.reject(name) : next(name, context)'
  const registered = `import { register } from 'node:module'; register(${JSON.stringify(scriptUrl(hooks))})`
  const source = new URL('../../src/server/index.ts', import.meta.url).href
  const program = `
    const { createUploadHandler } = await import('${source}')
    const storage = { prefix: 'uploads/', filesPrefix: 'files/' }
    const photos = { accept: '*', maxSize: '1MB', image: true, authorize: () => null }
    createUploadHandler({ storage, secret: 'x'.repeat(32), routes: { photos } })
  `
  const args = ['--import', 'tsx', '--import', scriptUrl(registered)]
  const child = spawn(process.execPath, [...args, '--input-type=module', '--eval', program])
  let log = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text))
  expect(await once(child, 'close')).toEqual([0, null])
  expect(log.trim().split('\n').toSorted()).toEqual([
    expect.stringMatching(/^putaway: start failed\. .*npm install image-size\.$/),
    expect.stringMatching(/^putaway: start failed\. .*npm install file-type/),
  ])
})

function scriptUrl(text: string): string {
  return `data:text/javascript,${encodeURIComponent(text)}`
}
