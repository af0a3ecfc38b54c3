import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startExample } from './example.ts'
import type { Example } from './example.ts'

let example: Example
beforeAll(async () => {
  example = await startExample('3-nestjs', { S3_BUCKET: 'nest' })
})
afterAll(() => example.stop())

const user = randomUUID()
async function ask(path: string, body: object) {
  const headers = { 'content-type': 'application/json', cookie: `user=${user}` }
  const response = await fetch(example.url + path, { method: 'POST', headers, body: JSON.stringify(body) })
  return { status: response.status, body: await response.json() }
}

async function post(
  { url, fields }: { url: string; fields: Record<string, string> },
  bytes: Uint8Array<ArrayBuffer>,
) {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  form.append('file', new Blob([bytes]))
  return (await fetch(url, { method: 'POST', body: form })).status
}

test('the second route returns a policy that accepts exactly the announced size', async () => {
  const file = { filename: 'a.png', contentType: 'image/png', size: 10 }
  const { status, body } = await ask('/upload/presigned-post', file)
  expect(status).toBe(201)
  expect(await post(body, new Uint8Array(11))).toBe(400)
  expect(await example.objects(user)).toEqual([])
  expect(await post(body, new Uint8Array(10))).toBe(201)
  expect((await ask('/upload/confirm', { key: body.key })).status).toBe(201)
  expect((await ask('/upload/confirm', { key: body.key })).status).toBe(201)
  expect(await example.objects(user)).toHaveLength(1)
})

test('DTOs refuse an invalid body and name the field', async () => {
  const { status, body } = await ask('/upload/presigned-url', { contentType: 'image/svg+xml' })
  expect(status).toBe(400)
  expect(body.message.join()).toMatch(/filename.*contentType/)
})

test('Swagger describes both routes with their bodies', async () => {
  const api = await (await fetch(`${example.url}/api/docs-json`)).json()
  expect(Object.keys(api.paths)).toEqual(
    expect.arrayContaining(['/upload/presigned-url', '/upload/presigned-post']),
  )
  expect(api.components.schemas.PresignPostDto.required).toEqual(['filename', 'contentType', 'size'])
  expect((await fetch(`${example.url}/api/docs`)).status).toBe(200)
})
