import { describe, expect, inject, test, vi } from 'vitest'
import type { SendContext } from '../../src/core/ports.ts'
import type { FileInfo, PartUrl, Ticket } from '../../src/protocol/ticket.ts'
import { UploadError } from '../../src/protocol/errors.ts'
import { explainNetworkError } from '../../src/transport/diagnosis.ts'
import { httpEndpoints } from '../../src/transport/http/http-endpoints.ts'
import { s3Transport as createTransport } from '../../src/transport/s3-transport.ts'

// Runs in a real Chromium, without a service worker, against a server that checks signatures and policies.

const backend = inject('backend')
interface StoredFile {
  key: string
  url: string
  verified: boolean
}
const endpoints = httpEndpoints<StoredFile>(`${backend}/api/uploads`)
const s3Transport = createTransport()
/** No route of these tests answers that a check is pending. */
const confirm = async (...call: Parameters<typeof endpoints.confirm & {}>) =>
  (await endpoints.confirm?.(...call)) as StoredFile | undefined
const MiB = 1024 ** 2

interface ServerRequest {
  operation: string
  key?: string
  partNumber?: number
  status: number
}
const requestsTo = async (key: string): Promise<ServerRequest[]> =>
  (await fetch(`${backend}/requests`).then((answer) => answer.json() as Promise<ServerRequest[]>)).filter(
    (each) => each.key === key,
  )
const stored = async (key: string) => {
  const answer = await fetch(`${backend}/object?${new URLSearchParams({ key }).toString()}`)
  const bytes = await answer.arrayBuffer()
  return { size: bytes.byteLength, digest: await digestOf(bytes), type: answer.headers.get('content-type') }
}
const exists = async (key: string) =>
  (await fetch(`${backend}/objects`).then((answer) => answer.json() as Promise<string[]>)).includes(key)

let pattern = new Blob()
/**
 * Bytes that differ by position, so that a misplaced part is detected. All files begin with the same bytes, so they are
 * slices of one blob: to compute and copy up to 46 MiB for each file took a quarter of the CPU time of these tests.
 */
function fileOf(size: number, name = 'photo.png', type = 'image/png'): File {
  if (pattern.size < size) {
    const words = new Uint32Array(Math.ceil(size / 4))
    for (let index = 0; index < words.length; index += 1) words[index] = index * 2654435761
    pattern = new Blob([words])
  }
  return new File([pattern.slice(0, size)], name, { type })
}
/** Compares bytes by hash, because a comparison one by one takes the test runner a minute. */
const digestOf = async (bytes: BufferSource) =>
  Array.from(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)), (byte) => byte.toString(16)).join(
    '',
  )

async function presign(file: File, route: string): Promise<{ info: FileInfo; ticket: Ticket }> {
  const type = file.type || 'application/octet-stream'
  const info = { id: crypto.randomUUID(), name: file.name, size: file.size, type, route }
  return { info, ticket: await endpoints.presign(info, { signal: new AbortController().signal }) }
}

function contextOf(more: Partial<SendContext> = {}) {
  const signal = more.signal ?? new AbortController().signal
  const progress: number[] = []
  let open = 1
  const most = { open }
  const context: SendContext = {
    signal,
    resumed: false,
    onProgress: (bytes) => progress.push(bytes),
    acquire: async (left) => {
      left.throwIfAborted()
      open += 1
      most.open = Math.max(most.open, open)
      return () => void (open -= 1)
    },
    endpoints,
    withRetry: (run) => run(),
    ...more,
  }
  return { context, progress, most, connections: () => open }
}

describe.each(['post', 'put', 'multipart'])('a file by %s', (route) => {
  const size = route === 'multipart' ? 12 * MiB + 7 : 700_001

  test('the uploaded file equals the original with its type, and confirm finds it', async () => {
    const file = fileOf(size, 'café 사진.png')
    const { info, ticket } = await presign(file, route)
    expect(ticket.kind).toBe(route)
    const { context, progress, connections } = contextOf()
    const sent = await s3Transport.send(file, ticket, context)
    if (ticket.kind === 'multipart') await endpoints.complete?.(ticket, context)
    else expect(sent.etag).toMatch(/^[0-9a-f]{32}$/)

    expect(progress.length).toBeGreaterThan(0)
    expect(Math.max(...progress)).toBeLessThanOrEqual(size)
    expect(connections()).toBe(1)

    const result = await confirm({ file: info, ticket, ...sent }, context)
    expect(result?.verified).toBe(true)
    const object = await stored(result?.key ?? '')
    expect(object.type).toBe('image/png')
    expect(object).toMatchObject({ size, digest: await digestOf(await file.arrayBuffer()) })
  })

  test('an aborted upload rejects with the reason and stores nothing', async () => {
    const file = fileOf(30 * MiB)
    const { ticket } = await presign(file, route)
    const controller = new AbortController()
    const { context } = contextOf({ signal: controller.signal, onProgress: () => controller.abort() })
    await expect(s3Transport.send(file, ticket, context)).rejects.toMatchObject({ name: 'AbortError' })
    expect(await exists(ticket.key)).toBe(false)
  })
})

test.each(['put', 'post'])('uploads an empty file by %s', async (route) => {
  const empty = new File([], 'empty.txt', { type: 'text/plain' })
  const { info, ticket } = await presign(empty, route)
  const { context } = contextOf()
  const result = await confirm(
    { file: info, ticket, ...(await s3Transport.send(empty, ticket, context)) },
    context,
  )
  expect((await stored(result?.key ?? '')).size).toBe(0)
})

test.each([1000, 1_000_001])(
  'a PUT of %d bytes whose URL signs no type leaves without Content-Type',
  async (size) => {
    const address = `${backend}/unsigned`
    const before = await fetch(address).then((answer) => answer.json() as Promise<string[]>)
    const url = `${address}?X-Amz-SignedHeaders=host&X-Amz-Signature=none`
    const ticket: Ticket = { kind: 'put', key: 'a', url, expiresAt: Date.now() + 60_000 }
    await s3Transport.send(fileOf(size), ticket, contextOf().context)
    // Without the header the name is allowed, as the other tests of this file show.
    await s3Transport.send(
      fileOf(size),
      { ...ticket, headers: { 'content-type': 'a/b' } },
      contextOf().context,
    )
    const types = await fetch(address).then((answer) => answer.json() as Promise<string[]>)
    expect(types.slice(before.length)).toEqual(['none', 'a/b'])
  },
)

test.each([
  [200, 'etag'],
  [200, 'none'],
  [201, 'none'],
  [204, 'etag'],
  [204, 'none'],
])('a form that storage answers with %d and %s is sent', async (status, etag) => {
  for (const size of [1000, 1_000_001]) {
    const ticket: Ticket = {
      kind: 'post',
      key: 'a',
      url: `${backend}/form/${status}/${etag}`,
      fields: { key: 'a', policy: 'e30=' },
      expiresAt: Date.now() + 60_000,
    }
    const sent = await s3Transport.send(fileOf(size), ticket, contextOf().context)
    expect(sent.etag).toBe(etag === 'etag' ? 'd41d8cd98f00b204e9800998ecf8427e' : undefined)
  }
})

test('every form has progress, however small it is and however fast the ones before it were', async () => {
  for (const size of [1, 1000, 400_000]) {
    const file = fileOf(size)
    const { ticket } = await presign(file, 'post')
    const { context, progress } = contextOf()
    await s3Transport.send(file, ticket, context)
    expect(progress.at(-1)).toBe(size)
  }
})

describe('multipart upload', () => {
  test('parts are signed for their own bytes: storage refuses a part that changed in transit, and it is sent again', async () => {
    const file = fileOf(11 * MiB)
    const { info, ticket } = await presign(file, 'multipart')
    let spoiled = false
    const { context } = contextOf({
      endpoints: {
        // Simulates bytes that differ from the hashed ones: the signature is for another checksum. (All zeros are
        // the checksum of an empty body, which is reported as a fault of the SDK settings.)
        signParts: (signed, numbers, asked) => {
          const other = spoiled ? {} : { 2: 'AAAAAAAAAAE=' }
          spoiled ||= numbers.includes(2)
          return endpoints.signParts?.(signed, numbers, {
            ...asked,
            checksums: { ...asked.checksums, ...other },
          }) as Promise<PartUrl[]> // it has one
        },
      },
    })
    const sent = await s3Transport.send(file, ticket, context)
    const parts = (await requestsTo(ticket.key)).filter(({ operation }) => operation === 'UploadPart')
    // A part that is hedged has the same answer twice.
    const answers = (part: number) => [
      ...new Set(parts.filter(({ partNumber }) => partNumber === part).map(({ status }) => status)),
    ]
    expect([1, 2, 3].map(answers)).toEqual([[200], [400, 200], [200]])
    await endpoints.complete?.(ticket, context)
    const result = await confirm({ file: info, ticket, ...sent }, context)
    expect(result?.verified).toBe(true)
    expect(await stored(result?.key ?? '')).toMatchObject({
      digest: await digestOf(await file.arrayBuffer()),
    })
  })

  test('parts without a checksum are refused when the ticket requires one', async () => {
    const file = fileOf(11 * MiB)
    const { ticket } = await presign(file, 'multipart')
    const { signal } = new AbortController()
    await expect(endpoints.signParts?.(ticket, [1], { signal })).rejects.toMatchObject({ code: 'rejected' })
    await expect(endpoints.signParts?.(ticket, [1], { signal, checksums: { 1: 'x' } })).rejects.toMatchObject(
      {
        code: 'rejected',
        message: expect.stringContaining('checksums.1'),
      },
    )
  })

  test.each([
    ['at most four', 2100, 4],
    ['and on two that are spare where they are quick', 0, 6],
  ])('sends parts in parallel, %s, each on a connection of the pool', async (_what, duration, open) => {
    const file = fileOf(46 * MiB)
    const { ticket } = await presign(file, 'multipart')
    const { context, most } = contextOf({
      async withRetry(run) {
        await new Promise((resolve) => setTimeout(resolve, duration))
        return run()
      },
    })
    await s3Transport.send(file, ticket, context)
    expect(most.open).toBe(open)
    const parts = (await requestsTo(ticket.key)).filter(({ operation }) => operation === 'UploadPart')
    expect(new Set(parts.map(({ partNumber }) => partNumber)).size).toBe(10)
  })

  test('the first parts are signed in one batch, so that no connection fills the link before the others', async () => {
    const file = fileOf(31 * MiB)
    const { ticket } = await presign(file, 'multipart')
    const calls: (readonly number[])[] = []
    const { context } = contextOf({
      endpoints: {
        signParts: (signed, numbers, asked) => {
          calls.push(numbers)
          return endpoints.signParts?.(signed, numbers, asked) as Promise<PartUrl[]> // it has one
        },
      },
    })
    await s3Transport.send(file, ticket, context)
    expect(calls[0]).toEqual([1, 2, 3, 4])
    expect(calls.flat()).toEqual([1, 2, 3, 4, 5, 6, 7])
  })

  test('an unreadable part aborts the others and releases every connection', async () => {
    const file = fileOf(31 * MiB)
    const { ticket } = await presign(file, 'multipart')
    const broken = new Proxy(file, {
      get: (target, name) => {
        if (name === 'size') return target.size
        // postMessage to a worker rejects this blob.
        return (start: number, end: number) => (start < 10 * MiB ? target.slice(start, end) : () => {})
      },
    })
    const { context, connections } = contextOf()
    await expect(s3Transport.send(broken, ticket, context)).rejects.toMatchObject({ code: 'unreadable' })
    await expect.poll(connections).toBe(1)
  })

  test('a part without an answer is hedged by an idle connection', async () => {
    const file = fileOf(31 * MiB)
    const { info, ticket } = await presign(file, 'multipart')
    let asked = 0
    const { context, progress, connections } = contextOf({
      // The first connection is for code, and the third for a part.
      withRetry: (run) => ((asked += 1) === 3 ? new Promise(() => {}) : run()),
    })
    const sent = await s3Transport.send(file, ticket, context)
    expect(progress.at(-1)).toBe(file.size)
    expect(connections()).toBe(1)
    await endpoints.complete?.(ticket, context)
    const result = await confirm({ file: info, ticket, ...sent }, context)
    expect(await stored(result?.key ?? '')).toMatchObject({
      digest: await digestOf(await file.arrayBuffer()),
    })
  })

  test('stored parts are not sent again', async () => {
    const file = fileOf(21 * MiB)
    const { ticket } = await presign(file, 'multipart')
    const controller = new AbortController()
    const interrupted = contextOf({
      signal: controller.signal,
      // Sequential, so that two parts are stored while the third is in flight.
      acquire: () => new Promise(() => {}),
      onProgress: (bytes) => void (bytes >= 11 * MiB && controller.abort()),
    })
    await s3Transport.send(file, ticket, interrupted.context).catch(() => {})
    const had = ((await endpoints.listParts?.(ticket, contextOf().context)) ?? []).map(
      ({ partNumber }) => partNumber,
    )
    expect(had.slice(0, 2)).toEqual([1, 2])
    expect(had.length).toBeLessThan(5)

    const { context, progress } = contextOf({ resumed: true })
    await s3Transport.send(file, ticket, context)
    expect(progress[0]).toBeGreaterThanOrEqual(had.length * 5 * MiB)
    const sent = (await requestsTo(ticket.key)).filter(
      (each) => each.operation === 'UploadPart' && each.status === 200,
    )
    const times = (part: number) => sent.filter(({ partNumber }) => partNumber === part).length
    // The third part was in flight when the connection was cut: storage may have accepted it or not.
    expect([1, 2].map(times)).toEqual([1, 1])
    // A part that is hedged is sent twice.
    for (const part of [4, 5]) expect(times(part)).toBeGreaterThan(0)
    await endpoints.complete?.(ticket, context)
  })

  test('a failed part aborts the others and releases every connection', async () => {
    const file = fileOf(31 * MiB)
    const { ticket } = await presign(file, 'multipart')
    const spoiled = contextOf({
      endpoints: {
        signParts: async (...asked) =>
          ((await endpoints.signParts?.(...asked)) ?? []).map((part) =>
            part.partNumber === 3 ? { ...part, url: `${part.url}0` } : part,
          ),
      },
    })
    await expect(s3Transport.send(file, ticket, spoiled.context)).rejects.toMatchObject({ code: 'signature' })
    await expect.poll(spoiled.connections).toBe(1)
  })
})

describe('saved round trips', () => {
  /** A page that was just opened, and the requests to its backend. */
  function newPage() {
    const asked: string[] = []
    const page = httpEndpoints<StoredFile>(`${backend}/api/uploads`).observe((call, _ids, request) => {
      asked.push(call)
      return request()
    })
    const infoOf = (file: File, route: string): FileInfo => ({
      id: crypto.randomUUID(),
      name: file.name,
      size: file.size,
      type: file.type,
      route,
    })
    async function upload(file: File, route = 'auto') {
      const info = infoOf(file, route)
      const ticket = await page.presign(info, contextOf().context)
      const { context } = contextOf({
        onChecksumReady: (sealed) => page.earlyConfirm({ file: info, ticket, ...sealed }, context),
      })
      const receipt = { file: info, ticket, ...(await s3Transport.send(file, ticket, context)) }
      const result = (await page.confirm(receipt, context)) as StoredFile // no check is pending
      return { ticket, result }
    }
    return { asked, page, upload }
  }
  test('files after the first need no presign and are stored under their own keys', async () => {
    const { asked, upload } = newPage()
    const files = [fileOf(1000, 'one.png'), fileOf(2000, 'two 둘.png'), fileOf(300_001, 'three.png')]
    await upload(files[0] ?? expect.unreachable())
    const rest = await Promise.all(files.slice(1).map((file) => upload(file)))
    expect(asked.filter((call) => call === 'presign')).toHaveLength(1)
    for (const [index, { result }] of rest.entries()) {
      expect(result.verified).toBe(true)
      const digest = await digestOf(await (files[index + 1] ?? expect.unreachable()).arrayBuffer())
      expect(await stored(result.key)).toMatchObject({ digest })
    }
    // Another type, or more files than fit in one request, need a presign.
    const text = new File(['hello'], 'notes.txt', { type: 'text/plain' })
    await upload(text)
    expect(asked.filter((call) => call === 'presign')).toHaveLength(2)
  })

  test('an early confirm is the only confirm, and it verifies the bytes', async () => {
    const { asked, upload } = newPage()
    const { result } = await upload(fileOf(1000), 'ahead')
    expect(asked).toEqual(['presign', 'confirm'])
    expect(result.verified).toBe(true)
    // Only the first two of many use an early confirm: the others are confirmed when they are stored.
    const files = ['a.png', 'b.png', 'c.png', 'd.png'].map((name, index) => fileOf(2000 + index, name))
    const results = await Promise.all(files.map((file) => upload(file, 'ahead')))
    expect(new Set(results.map(({ result: each }) => each.key)).size).toBe(4)
    expect(asked.filter((call) => call === 'confirm').length).toBeLessThanOrEqual(5)
  })

  test('a preloaded page needs no round trip, and a second preload sends no request', async () => {
    const { asked, page, upload } = newPage()
    const fetched = vi.spyOn(window, 'fetch')
    const greeted = () => fetched.mock.calls.filter(([, init]) => init?.method === 'HEAD')
    page.preload({ route: 'auto' })
    page.preload({ route: 'auto' })
    await expect.poll(greeted).toHaveLength(1)
    const { ticket } = await upload(fileOf(1000))
    expect(asked).toEqual(['policies', 'confirm'])
    if (ticket.kind !== 'post') return expect.unreachable()
    // To the same URL, for which the browser caches the preflight. Without cookies, as uploads are: the browser uses
    // other connections for requests with cookies.
    expect(greeted()).toEqual([[ticket.url, expect.objectContaining({ credentials: 'omit' })]])
    page.preload({ route: 'auto' })
    expect(asked).toEqual(['policies', 'confirm'])
    expect(greeted()).toHaveLength(1)
    fetched.mockRestore()
  })
})

describe('storage refuses an upload', () => {
  test('a header that differs from the signed one is a signature error, and nothing is stored', async () => {
    const file = fileOf(1000)
    const { ticket } = await presign(file, 'put')
    const lie = { ...ticket, headers: { 'content-type': 'text/html' } } as Ticket // still a put
    await expect(s3Transport.send(file, lie, contextOf().context)).rejects.toMatchObject({
      code: 'signature',
      status: 403,
      phase: 'uploading',
    })
    expect(await exists(ticket.key)).toBe(false)
  })

  test.each([
    ['put', 'signature'],
    ['post', 'too-large'],
  ])('more bytes than announced are refused by %s', async (route, code) => {
    const { ticket } = await presign(fileOf(1000), route)
    const larger = fileOf(1001)
    await expect(s3Transport.send(larger, ticket, contextOf().context)).rejects.toMatchObject({ code })
    expect(await exists(ticket.key)).toBe(false)
  })

  test('a key that differs from the policy is forbidden', async () => {
    const file = fileOf(1000)
    const { ticket } = await presign(file, 'post')
    if (ticket.kind !== 'post') throw new Error('not a post')
    const lie = { ...ticket, fields: { ...ticket.fields, key: 'files/stolen.png' } }
    await expect(s3Transport.send(file, lie, contextOf().context)).rejects.toMatchObject({
      code: 'forbidden',
    })
    expect(await exists('files/stolen.png')).toBe(false)
  })

  test('no error message contains a signature', async () => {
    const file = fileOf(1000)
    const { ticket } = await presign(file, 'put')
    if (ticket.kind !== 'put') throw new Error('not a put')
    const lie = { ...ticket, url: ticket.url.replace(/Signature=\w{4}/, 'Signature=0000') }
    const error = await s3Transport.send(file, lie, contextOf().context).catch((thrown: Error) => thrown)
    expect(String(error)).not.toMatch(/X-Amz-Signature|Credential/i)
  })
})

test('an unreachable server is `network`, and the error names the host and not the URL', async () => {
  const file = fileOf(1000)
  const ticket: Ticket = { kind: 'put', key: 'k', url: 'http://127.0.0.1:9/k?X-Amz-Signature=secret' }
  const error = await s3Transport.send(file, ticket, contextOf().context).catch((thrown: Error) => thrown)
  expect(error).toMatchObject({ code: 'network', status: 0, message: expect.stringContaining('127.0.0.1:9') })
  expect(String(error)).not.toContain('secret')
})

test('an unreadable file is not reported as a broken connection', async () => {
  const file = fileOf(1000)
  const broken = new Proxy(file, {
    get: (target, name) => {
      if (name === 'slice')
        return () => ({ arrayBuffer: () => Promise.reject(new DOMException('gone', 'NotReadableError')) })
      return Reflect.get(target, name) as unknown
    },
  })
  const ticket: Ticket = { kind: 'post', key: 'k', url: 'http://127.0.0.1:9/', fields: {} }
  const context = contextOf().context
  // A FormData accepts no Proxy: the request uses the real file, the check uses the broken one.
  const append = FormData.prototype.append
  FormData.prototype.append = function (this: FormData, name: string, value: string | Blob) {
    append.call(this, name, value === broken ? file : (value as File)) // the fields are texts, which it also accepts
  }
  try {
    await expect(s3Transport.send(broken, ticket, context)).rejects.toMatchObject({ code: 'unreadable' })
  } finally {
    FormData.prototype.append = append
  }
})

test('a plan with more parts than S3 accepts is refused before the first byte', async () => {
  const huge = new Proxy(new Blob(['x']), {
    get: (target, name) => (name === 'size' ? 60_000 * MiB : (Reflect.get(target, name) as unknown)),
  })
  const ticket: Ticket = { kind: 'multipart', key: 'k', uploadId: 'u', partSize: 5 * MiB }
  const signParts = () => Promise.reject(new Error('must not be asked'))
  await expect(
    s3Transport.send(huge, ticket, contextOf({ endpoints: { signParts } }).context),
  ).rejects.toMatchObject({
    code: 'invalid-answer',
    message: expect.stringContaining('12000 parts'),
  })
})

describe('the cause of a connection that breaks repeatedly', () => {
  const broken = new UploadError('network', { phase: 'uploading', status: 0 })
  const explainPut = (url: string) =>
    explainNetworkError(broken, { method: 'put', url, body: new Blob(['x']) })

  test('a host that answers without CORS is reported as a missing CORS rule, with the rule', async () => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const { ticket } = await presign(fileOf(1000), 'put')
    if (ticket.kind !== 'put') throw new Error('not a put')
    // A missing bucket has no CORS rule.
    const url = ticket.url.replace('/uploads/', '/no-bucket-of-ours/')
    const explained = await explainPut(url)
    expect(explained).toMatchObject({ code: 'cors', phase: 'uploading', cause: broken })
    expect(explained.message).toContain(`"AllowedOrigins":["${location.origin}"]`)
    expect(explained.message).not.toContain('Signature')
    await explainPut(url)
    expect(warned).toHaveBeenCalledTimes(1)
    expect(warned.mock.calls.flat().join()).not.toContain('Signature')
    warned.mockRestore()
  })

  test('a host that answers with CORS has a rule, so the file is reported', async () => {
    const { ticket } = await presign(fileOf(1000), 'put')
    if (ticket.kind !== 'put') throw new Error('not a put')
    const explained = await explainPut(ticket.url)
    expect(explained).toMatchObject({ code: 'network', cause: broken })
    expect(explained.message).toContain('every time the file was sent')
    expect(explained.message).not.toContain('Signature')
  })

  test('an unreachable host stays a broken connection', async () => {
    expect(await explainPut('http://host.invalid/k?X-Amz-Signature=secret')).toBe(broken)
  })

  test('an unreachable port of this machine asks in the console whether local-s3 is running', async () => {
    // A port of its own: each message is shown once, and another test sends to port 9.
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const explained = await explainPut('http://127.0.0.1:11/k?X-Amz-Signature=secret')
    expect(explained).toMatchObject({ code: 'network', cause: broken })
    expect(warned.mock.calls.flat().join()).toMatch(
      /127\.0\.0\.1:11 did not answer: is local-s3 .* still running/,
    )
    expect(explained.message).not.toContain('secret')
    warned.mockRestore()
  })

  test('an offline device is reported as `offline`', async () => {
    const online = vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false)
    expect(await explainPut('http://127.0.0.1:11/k')).toMatchObject({ code: 'offline' })
    online.mockRestore()
  })
})

test('a connection without movement is aborted as `stalled`', async () => {
  const impatient = createTransport({ startingMs: 1000, sendingMs: 1000, answeringMs: 1000 })
  const ticket: Ticket = { kind: 'put', key: 'k', url: `${backend}/silent` }
  await expect(impatient.send(fileOf(1000), ticket, contextOf().context)).rejects.toMatchObject({
    code: 'stalled',
  })
}, 20_000)
