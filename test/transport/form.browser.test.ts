import { expect, inject, test } from 'vitest'
import { encodeFormBody } from '../../src/transport/form-body.ts'

const bytes = new Uint8Array([0, 13, 10, 255, 45, 45])

/** The body that the browser builds for the same form, with the other boundary. */
async function formOfBrowser(fields: Record<string, string>, file: File, boundary: string) {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  form.append('file', file)
  // WebKit cannot read a form with a file from a Response.
  const response = await fetch(`${inject('backend')}/echo`, { method: 'POST', body: form })
  const theirs = /boundary=(.+)/.exec(response.headers.get('content-type') ?? '')?.[1] ?? ''
  const text = latin1(await response.arrayBuffer())
  return text.replaceAll(theirs, boundary)
}

const latin1 = (buffer: ArrayBuffer | Uint8Array) => new TextDecoder('latin1').decode(buffer)

test.each([
  ['plain', { key: 'a/b', policy: 'eyJ=', 'Content-Type': 'image/png' }, 'cat.png', 'image/png'],
  ['other alphabets', { 'x-amz-meta-name': '고양이 🐈' }, '고양이 "quoted".png', 'image/png'],
  ['line ends', { 'a"b\r\nc': 'one\ntwo\rthree\r\nfour' }, 'a\r\nb\nc.png', 'text/plain'],
  ['nothing', {}, '', ''],
])('a form with %s equals the form that the browser builds', async (_what, fields, name, type) => {
  const file = new File([bytes], name, { type })
  const { body, headers } = encodeFormBody(fields, file, bytes.buffer)
  const boundary = /^multipart\/form-data; boundary=(.+)$/.exec(headers['content-type'])?.[1] ?? ''
  expect(boundary).toMatch(/^[\w-]{20,70}$/)
  expect(latin1(body)).toBe(await formOfBrowser(fields, file, boundary))
})
