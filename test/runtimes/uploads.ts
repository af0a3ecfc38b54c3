import { strict as assert } from 'node:assert'
import { MiB, bytes, checksumsOf, randomImage } from '../harness/s3-fixture.ts'
import type { AnyPart, AnyTicket } from '../harness/s3-fixture.ts'

/** Answers of the handler; a missing field fails the assertion that reads it. */
interface HandlerAnswer {
  readonly tickets?: readonly { readonly ticket: AnyTicket }[]
  readonly parts?: readonly AnyPart[]
  readonly results?: readonly {
    readonly result?: { size: number; type: string; verified: boolean; url: string; width?: number }
    readonly error?: { readonly code: string }
  }[]
}

async function call(url: string, body: object): Promise<HandlerAnswer> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${url}/api/uploads`, { method: 'POST', headers, body: JSON.stringify(body) })
  const json = (await answer.json()) as HandlerAnswer
  assert.ok(answer.ok || json.results, JSON.stringify(json))
  return json
}

/** Uploads a TIFF, which only file-type detects. Returns the stored type, or the code of the error. */
export async function uploadTiff(url: string): Promise<string | undefined> {
  const body = new Uint8Array(512)
  body.set([0x49, 0x49, 0x2a, 0, 8])
  const file = { id: '1', name: 'a.tif', size: body.length, type: 'image/tiff', route: 'put' }
  const { tickets } = await call(url, { type: 'presign', files: [file] })
  const ticket = tickets?.[0]?.ticket ?? assert.fail('no ticket')
  assert.equal((await put(ticket, body)).status, 200)
  const { results } = await call(url, { type: 'confirm', receipts: [{ id: '1', token: ticket.token }] })
  return results?.[0]?.result?.type ?? results?.[0]?.error?.code
}

/** Uploads a file as a page does. One copy of the backend presigns, and the other one confirms. */
export async function uploadAcross(kind: string, signer: string, confirmer: string): Promise<void> {
  const body = kind === 'multipart' ? randomImage(5 * MiB + 7) : bytes
  const file = { id: '1', name: 'a.png', size: body.length, type: 'image/png', route: kind }
  const { tickets } = await call(signer, { type: 'presign', files: [file] })
  const ticket = tickets?.[0]?.ticket ?? assert.fail('no ticket')
  assert.equal(ticket.kind, kind)
  if (kind === 'put') assert.equal((await put(ticket, body)).status, 200)
  else if (kind === 'post') await post(ticket, body)
  else await sendParts(ticket, body, [signer, confirmer])
  const { results } = await call(confirmer, { type: 'confirm', receipts: [{ id: '1', token: ticket.token }] })
  const result = results?.[0]?.result ?? assert.fail(`not confirmed: ${JSON.stringify(results)}`)
  assert.equal(result.size, body.length)
  if (kind === 'post') assert.equal(result.width, 1)
  const shown = await fetch(result.url)
  assert.deepEqual(new Uint8Array(await shown.arrayBuffer()), body)
}

function put({ url, headers = {} }: Pick<AnyTicket, 'url' | 'headers'>, body: Uint8Array<ArrayBuffer>) {
  return fetch(url, { method: 'PUT', headers, body })
}

async function post({ url, fields = {} }: AnyTicket, body: Uint8Array<ArrayBuffer>): Promise<void> {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  form.append('file', new Blob([body]))
  assert.equal((await fetch(url, { method: 'POST', body: form })).status, 201)
}

async function sendParts(
  { token, partSize, checksum }: AnyTicket,
  body: Uint8Array<ArrayBuffer>,
  [signer, other]: readonly [string, string],
): Promise<void> {
  const checksums = checksum !== undefined && checksumsOf(body, partSize)
  const request = { type: 'sign-parts', token, partNumbers: [1, 2], ...(checksums && { checksums }) }
  const { parts = [] } = await call(other, request)
  for (const { partNumber, url, headers = {} } of parts) {
    const part = body.slice((partNumber - 1) * partSize, partNumber * partSize)
    assert.equal((await put({ url, headers }, part)).status, 200)
  }
  assert.equal((await call(signer, { type: 'list-parts', token })).parts?.length, 2)
  await call(other, { type: 'complete', token })
}
