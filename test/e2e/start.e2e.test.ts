import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CreateBucketCommand, GetBucketCorsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { expect, test } from 'vitest'
import { startLocalS3 } from 'local-s3'
import { startDemo } from '../../demo/server.ts'
import { readSettings } from '../../demo/settings.ts'
import { userCookie } from '../../demo/user.ts'
import { copyEmptyDatabase } from '../harness/demo-fixture.ts'

const other = {
  S3_ENDPOINT: 'http://127.0.0.1:9000',
  S3_BUCKET: 'b',
  S3_ACCESS_KEY_ID: 'k',
  S3_SECRET_ACCESS_KEY: 's',
}

async function madeFolder() {
  const directory = await mkdtemp(join(tmpdir(), 'putaway-e2e-'))
  await copyEmptyDatabase(directory)
  return directory
}

test('without variables the demo uses its own S3 and port 5173', () => {
  expect(readSettings({})).toEqual({ port: 5173, s3: undefined })
  expect(readSettings(other).s3).toMatchObject({ region: 'us-east-1', forcePathStyle: true })
  expect(readSettings({ ...other, S3_ENDPOINT: undefined, S3_REGION: 'eu-central-1' }).s3).toMatchObject({
    region: 'eu-central-1',
    forcePathStyle: false,
  })
})

test.each([
  [{ PORT: 'many' }, 'PORT is "many". It must be a whole number from 1 to 65535.'],
  [{ PORT: '70000' }, 'PORT is "70000". It must be a whole number from 1 to 65535.'],
  [{ ...other, S3_BUCKET: undefined }, 'To use another S3 the demo also needs S3_BUCKET.'],
  [{ S3_BUCKET: 'b', S3_REGION: 'eu-west-1' }, 'the demo also needs S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY.'],
  [{ ...other, S3_ENDPOINT: 'localhost' }, 'S3_ENDPOINT is "localhost". It must be a URL'],
  [{ ...other, S3_FORCE_PATH_STYLE: 'maybe' }, 'S3_FORCE_PATH_STYLE is "maybe". It must be true or false.'],
])('%j is rejected with the reason', (environment, sentence) => {
  expect(() => readSettings(environment)).toThrow(sentence)
})

test('the command prints help, and errors without a stack', async () => {
  const run = (args: string[], environment: Record<string, string> = {}) =>
    new Promise<{ code: unknown; out: string }>((resolve) => {
      const tsx = fileURLToPath(new URL('../../node_modules/tsx/dist/cli.mjs', import.meta.url))
      const start = fileURLToPath(new URL('../../demo/start.ts', import.meta.url))
      const env = { ...process.env, ...environment }
      execFile(process.execPath, [tsx, start, ...args], { env }, (error, stdout, stderr) =>
        resolve({ code: error?.code ?? 0, out: stdout + stderr }),
      )
    })
  const [help, wrong] = await Promise.all([run(['--help']), run([], { PORT: '-1' })])
  expect(help.code).toBe(0)
  expect(help.out).toContain('S3_FORCE_PATH_STYLE')
  expect(wrong).toEqual({
    code: 1,
    out: '\n  PORT is "-1". It must be a whole number from 1 to 65535.\n\n',
  })
})

test('a restart keeps uploaded files and takes the next free port when the requested one is in use', async () => {
  const directory = await madeFolder()
  const id = 'b8ad5e2c-9e54-4a53-a22a-8b4a5fd9f3f5'
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo
  const first = await startDemo({ directory, port: 0, watch: false })
  const row = {
    id,
    kind: 'photos',
    owner: 'ada',
    key: 'files/a',
    name: 'a.txt',
    size: 5,
    type: 'text/plain',
  } as const
  await first.client.send(new PutObjectCommand({ Bucket: first.bucket, Key: row.key, Body: 'hello' }))
  await first.library.save(row)
  await first.library.save(row)
  await first.close()

  const second = await startDemo({ directory, port, watch: false })
  expect(Number(new URL(second.url).port)).toBeGreaterThan(port)
  const headers = { cookie: `${userCookie}=ada` }
  const list = await (await fetch(`${second.url}/api/photos`, { headers })).json()
  expect(list).toEqual([{ id, name: 'a.txt', size: 5, type: 'text/plain', url: `/api/stored/${id}` }])
  expect(await (await fetch(`${second.url}/api/stored/${id}`, { headers })).text()).toBe('hello')
  await second.close()
  taken.close()
  await rm(directory, { recursive: true })
})

test('leaves a bucket that the demo did not create unchanged, and prints the missing CORS rule', async () => {
  const directory = await madeFolder()
  const local = await startLocalS3({ buckets: [] })
  const { endpoint, region, credentials } = local
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true })
  await client.send(new CreateBucketCommand({ Bucket: 'of-somebody' }))
  const lines: string[] = []
  const demo = await startDemo({
    directory,
    port: 0,
    s3: { endpoint, region, bucket: 'of-somebody', forcePathStyle: true, ...credentials },
    watch: false,
    log: (line) => lines.push(line),
  })
  const [said = ''] = lines
  expect(said).toContain(`The bucket "of-somebody" does not let pages of ${demo.url} upload to it.`)
  expect(JSON.parse(said.slice(said.indexOf('{')))).toMatchObject({
    CORSRules: [{ AllowedOrigins: [demo.url], AllowedMethods: ['PUT', 'POST', 'GET', 'HEAD'] }],
  })
  await expect(client.send(new GetBucketCorsCommand({ Bucket: 'of-somebody' }))).rejects.toThrow()
  await demo.close()
  await local.close()
  await rm(directory, { recursive: true })
})
