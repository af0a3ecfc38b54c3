import { strict as assert } from 'node:assert'
import type { S3Credentials } from '../../src/server/index.ts'
import { startScriptedStore } from './scripted-store.ts'
import type { Answer } from './scripted-store.ts'

/** Access to the real store of the cases. */
export interface Store {
  readonly endpoint: string
  readonly region: string
  readonly bucket: string
  readonly credentials: S3Credentials
  /** Whether the store verifies checksums, conditions of copies, regions and ETags as AWS does; Ceph 16 does not. */
  readonly isStrict: boolean
}

interface Outcome {
  readonly value?: unknown
  readonly error?: { readonly name: string; readonly message: string; readonly status?: number }
}

/** Calls methods of a storage inside a runtime, all at once. `changes` override its options. */
export type CallStorage = (
  calls: readonly (readonly [method: string, ...args: unknown[]])[],
  changes?: object,
) => Promise<Outcome[]>

interface CaseContext {
  readonly call: CallStorage
  readonly store: Store
  /** A key prefix of this runtime. */
  readonly prefix: string
}

type Case = (context: CaseContext) => Promise<void>

const png = Uint8Array.from(
  atob('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='),
  (char) => char.charCodeAt(0),
)

async function one<Value>(
  call: CallStorage,
  method: string,
  args: unknown[],
  changes?: object,
): Promise<Value> {
  const [outcome] = await call([[method, ...args]], changes)
  if (outcome?.error) throw Object.assign(new Error(outcome.error.message), outcome.error)
  return outcome?.value as Value // the type that the case expects
}

const put = async (url: string, headers: Record<string, string>, body: BodyInit) =>
  (await fetch(url, { method: 'PUT', headers, body })).status

interface Signed {
  url: string
  headers: Record<string, string>
  fields: Record<string, string>
  uploadId: string
  etag?: string
  size: number
}

/** Runs a storage against a store that gives these answers, in order. */
async function scripted(
  call: CallStorage,
  answers: readonly Answer[],
  ...[method, ...args]: [string, ...unknown[]]
) {
  const store = await startScriptedStore(answers)
  try {
    const [outcome = {}] = await call([[method, ...args]], { endpoint: store.endpoint })
    return { ...outcome, requests: store.requests }
  } finally {
    store.close()
  }
}

const upload = { key: 'k', uploadId: 'u', size: 1, partSize: 1 }
const done = (xml = ''): Answer => ({ body: `<ListPartsResult>${xml}</ListPartsResult>` })
const refusal = (status: number, code: string, more: Partial<Answer> = {}): Answer => ({
  status,
  body: `<?xml version="1.0"?>\n<Error><Code>${code}</Code><Message>no</Message></Error>`,
  ...more,
})

/** Cases that a client of S3 often gets wrong, by the fact that they prove. */
export const cases: Readonly<Record<string, Case>> = {
  async 'a PUT is accepted as it was signed, and refused with another type, size or condition'({
    call,
    store,
    prefix,
  }) {
    const target = { key: `${prefix}put.png`, size: png.length, type: 'image/png', writeOnce: true }
    const { url, headers } = await one<Signed>(call, 'signPut', [target])
    assert.equal(await put(url, { ...headers, 'Content-Type': 'text/html' }, png), 403)
    assert.equal(await put(url, headers, png.slice(1)), 403)
    const { 'If-None-Match': _, ...unconditional } = headers
    if (store.isStrict) assert.equal(await put(url, unconditional, png), 403)
    assert.equal(await put(url, headers, png), 200)
    assert.equal(await put(url, headers, png), 412)
    assert.deepEqual((await one<Signed>(call, 'find', [target.key])).size, png.length)
  },

  async 'keys with any character work in URLs, in headers and as the source of a copy'({ call, prefix }) {
    const keys = ["a b+c!'()*&=?#%.png", 'a//b', 'a%2Fb', '...', 'ü고🐈', '~;,:@$']
    for (const key of keys.map((each) => prefix + each)) {
      const target = { key, size: png.length, type: 'image/png', writeOnce: false }
      const { url, headers } = await one<Signed>(call, 'signPut', [target])
      assert.equal(await put(url, headers, png), 200, key)
      const found = await one<Signed>(call, 'find', [key])
      const source = { ...found, key }
      assert.deepEqual(await one(call, 'read', [source, 1, 3]), { bytes: Array.from(png.slice(1, 4)) }, key)
      const to = {
        key: `files/${key}`,
        type: 'image/png',
        contentDisposition: 'inline',
        uploadId: 'u1',
        verified: false,
        replaces: false,
      }
      assert.equal((await one<Signed>(call, 'copy', [source, to])).size, png.length, key)
      const shown = await fetch(await one<string>(call, 'urlOf', [to.key]))
      assert.deepEqual(new Uint8Array(await shown.arrayBuffer()), png, key)
      await call([
        ['remove', key],
        ['remove', to.key],
      ])
      assert.equal(await one(call, 'find', [key]), undefined)
    }
    for (const key of [`${prefix}../x`, `${prefix}./x`]) {
      const [signed, found] = await call([
        ['signPut', { key, size: 1, type: 'a/b', writeOnce: false }],
        ['find', key],
      ])
      assert.match(signed?.error?.message ?? '', /cannot be part of a URL/)
      assert.match(found?.error?.message ?? '', /cannot be part of a URL/)
    }
  },

  async 'a form limits key, type and size'({ call, prefix }) {
    const key = `${prefix}고양이 (1).png`
    const form = await one<Signed>(call, 'signPost', [
      { key, size: png.length, type: 'image/png', writeOnce: false },
    ])
    const send = async (changes: Record<string, string> = {}, body = png) => {
      const data = new FormData()
      for (const [name, value] of Object.entries({ ...form.fields, ...changes })) data.append(name, value)
      data.append('file', new Blob([body]))
      return (await fetch(form.url, { method: 'POST', body: data })).status
    }
    assert.equal(await send({ key: `${prefix}other` }), 403)
    assert.equal(await send({ 'Content-Type': 'text/html' }), 403)
    assert.equal(await send({}, png.slice(1)), 400)
    assert.equal(await send(), 201)
    assert.equal((await one<Signed>(call, 'find', [key])).size, png.length)
  },

  async 'parts are listed, completed once and aborted'({ call, prefix }) {
    const key = `${prefix}parts`
    const target = { key, size: png.length, type: 'image/png', writeOnce: false }
    const { uploadId } = await one<Signed>(call, 'openParts', [target], { checksums: false })
    const parts = { key, uploadId, size: png.length, partSize: 5 * 1024 ** 2 }
    const [part] = await one<Signed[]>(call, 'signParts', [parts, [{ partNumber: 1 }]])
    assert.equal(await put(part?.url ?? '', {}, png), 200)
    const listed = await one<{ size: number }[]>(call, 'listParts', [parts])
    assert.deepEqual(
      listed.map(({ size }) => size),
      [png.length],
    )
    assert.equal(await one(call, 'completeParts', [parts, listed, false]), true)
    assert.equal((await one<Signed>(call, 'find', [key])).size, png.length)
    // Some stores answer success to a repeated completion; none fails.
    assert.equal(typeof (await one(call, 'completeParts', [parts, listed, false])), 'boolean')

    const other = await one<Signed>(call, 'openParts', [target], { checksums: false })
    await one(call, 'abortParts', [{ key, uploadId: other.uploadId }])
    await one(call, 'abortParts', [{ key, uploadId: other.uploadId }])
    assert.equal(await one(call, 'listParts', [{ ...parts, uploadId: other.uploadId }]), undefined)
  },

  async 'an error with status 200 is an error, and a result that is not complete too'({ call }) {
    const ends: [string, RegExp][] = [
      ['   \n<Error><Code>AccessDenied</Code></Error>', /AccessDenied/],
      ['<html>502</html>', /not a complete/],
      ['<ListPartsResult><Part>', /not a complete/],
      ['<!DOCTYPE a [<!ENTITY b "c">]><ListPartsResult>&b;</ListPartsResult>', /not a complete/],
    ]
    for (const [body, message] of ends) {
      const { error } = await scripted(call, [{ body }], 'listParts', upload)
      assert.match(error?.message ?? '', message)
    }
  },

  async 'failures that may pass are retried, and others are not'({ call }) {
    for (const failure of [refusal(503, 'SlowDown'), refusal(200, 'InternalError'), { reset: true }]) {
      const { value, requests } = await scripted(call, [failure, failure, done()], 'listParts', upload)
      assert.deepEqual([value, requests.length], [[], 3])
    }
    const { error, requests } = await scripted(call, [refusal(501, 'NotImplemented')], 'listParts', upload)
    assert.deepEqual([error?.name, requests.length], ['NotImplemented', 1])
    const silent = await scripted(call, [{ silent: true }], 'listParts', upload)
    assert.equal(silent.error?.message, 'Storage did not answer within 10 seconds.')
  },

  async 'a clock that is 20 minutes off is corrected by the time of storage'({ call }) {
    for (const minutes of [20, -20]) {
      const date = new Date(Date.now() + minutes * 60_000).toUTCString()
      const skewed = refusal(403, 'RequestTimeTooSkewed', { headers: { date } })
      const { value, requests } = await scripted(call, [skewed, done()], 'listParts', upload)
      assert.deepEqual(value, [])
      const second = requests[1]?.headers['x-amz-date']
      const signedAt = Date.parse(String(second).replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'))
      assert.equal(Math.round((signedAt - Date.now()) / 60_000), minutes)
    }
  },

  async 'a redirect is not followed, and the error names the region'({ call, store }) {
    for (const status of [301, 307]) {
      const headers = {
        'x-amz-bucket-region': 'eu-west-1',
        ...(status === 307 && { location: store.endpoint }),
      }
      const { error, requests } = await scripted(call, [{ status, headers, body: '' }], 'find', 'k')
      assert.match(error?.message ?? '', /is in the region "eu-west-1": set the option region to it/)
      assert.equal(requests.length, 1)
    }
    if (!store.isStrict) return
    const [outcome] = await call([['listParts', upload]], { region: 'eu-west-1' })
    assert.match(outcome?.error?.message ?? '', new RegExp(`is in the region "${store.region}"`))
  },

  async 'a range is read as it is stored, and seven at once'({ call, prefix }) {
    const key = `${prefix}range.png`
    const { url, headers } = await one<Signed>(call, 'signPut', [
      { key, size: png.length, type: 'image/png', writeOnce: false },
    ])
    // An unsigned header: a client can add it, and `fetch` would decode the bytes.
    for (const encoding of [undefined, 'gzip', 'br', 'deflate', 'zstd']) {
      assert.equal(
        await put(url, { ...headers, ...(encoding && { 'Content-Encoding': encoding }) }, png),
        200,
      )
      const object = { key, ...(await one<Signed>(call, 'find', [key])) }
      const reads = Array.from({ length: 7 }, (_, index) => ['read', object, index, 20] as const)
      for (const [index, { value, error }] of (await call(reads)).entries()) {
        assert.equal(error?.message, undefined, encoding)
        assert.deepEqual(value, { bytes: Array.from(png.slice(index, index + 20)) }, encoding)
      }
      assert.deepEqual(await one(call, 'read', [object, png.length, 5]), { bytes: [] })
      const changed = { ...object, etag: '00000000000000000000000000000000' }
      assert.equal(await one(call, 'read', [changed, 0, 5]), undefined)
    }
    const endless = await scripted(call, [{ endless: true }], 'read', { key, size: 1e9, type: 'a/b' }, 2, 5)
    assert.deepEqual(endless.value, { bytes: [2, 3, 4, 5, 6] })
    const large = { headers: { 'content-length': '5368709121' }, body: '' }
    const head = await scripted(call, [large], 'find', 'k')
    assert.equal((head.value as Signed).size, 5_368_709_121)
  },
}
