import { createHash } from 'node:crypto'
import { connect } from 'node:net'
import { GetObjectCommand, DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startLocalS3, type LocalS3 } from '../src/index.ts'

let server: LocalS3
let client: S3Client
beforeAll(async () => {
  server = await startLocalS3()
  client = new S3Client({ ...server, forcePathStyle: true, requestChecksumCalculation: 'WHEN_REQUIRED' })
})
afterAll(() => server.close())

const target = (url: string) => url.slice(server.endpoint.length)
const put = async (Key: string, body: string) =>
  `PUT ${target(await getSignedUrl(client, new PutObjectCommand({ Bucket: 'uploads', Key })))} HTTP/1.1\r\nHost: ${new URL(server.endpoint).host}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
const bare = (method: string, url: string) =>
  `${method} ${target(url)} HTTP/1.1\r\nHost: ${new URL(server.endpoint).host}\r\n\r\n`
const get = async (Key: string) =>
  bare('GET', await getSignedUrl(client, new GetObjectCommand({ Bucket: 'uploads', Key })))
const remove = async (Key: string) =>
  bare('DELETE', await getSignedUrl(client, new DeleteObjectCommand({ Bucket: 'uploads', Key })))

/** Sends everything in one write and reads until the server closes the connection after the last response. */
const pipeline = (requests: readonly string[]) =>
  new Promise<string>((resolve, reject) => {
    const { hostname, port } = new URL(server.endpoint)
    const last = requests.at(-1)?.replace('\r\n', '\r\nConnection: close\r\n') ?? ''
    const socket = connect(Number(port), hostname, () => {
      socket.write([...requests.slice(0, -1), last].join(''))
    })
    let answer = ''
    socket.setEncoding('latin1').on('data', (chunk: string) => (answer += chunk))
    socket.on('error', reject).on('close', () => resolve(answer))
  })
const statuses = (answer: string) =>
  [...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status))

test('a GET pipelined behind a PUT of the same key gets its bytes', async () => {
  const body = createHash('sha256').update('pipelined').digest('hex')
  const answer = await pipeline([await put('one', body), await get('one')])
  expect(statuses(answer)).toEqual([200, 200])
  expect(answer.endsWith(body)).toBe(true)
})

test('pipelined requests see the effects of earlier ones, in order', async () => {
  const answer = await pipeline([
    await put('two', 'first'),
    await get('two'),
    await put('two', 'second'),
    await remove('two'),
    await get('two'),
    await put('two', 'third'),
    await get('two'),
  ])
  expect(statuses(answer)).toEqual([200, 200, 200, 204, 404, 200, 200])
  expect(answer.endsWith('third')).toBe(true)
})
