import { spawn } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import {
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3'

export type Example = Awaited<ReturnType<typeof startExample>>

/** Starts an example with the command of its README in a separate process, and reads its storage. */
export async function startExample(folder: string, bucketNames: Readonly<Record<string, string>>) {
  const given = process.env.S3_ENDPOINT
  const run = randomUUID().slice(0, 8)
  const buckets = Object.entries(bucketNames).map(([variable, name]) => ({
    variable,
    name: given ? `${name}-${run}` : name,
  }))
  const { S3_ACCESS_KEY_ID = '', S3_SECRET_ACCESS_KEY = '', S3_REGION = 'us-east-1' } = process.env
  const credentials = given
    ? { accessKeyId: S3_ACCESS_KEY_ID, secretAccessKey: S3_SECRET_ACCESS_KEY }
    : { accessKeyId: `example-${run}`, secretAccessKey: randomUUID() }
  const child = spawn('npm', ['start'], {
    cwd: fileURLToPath(new URL(`../${folder}`, import.meta.url)),
    // Separate process group, because npm does not forward every signal.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      NODE_ENV: undefined,
      NODE_NO_WARNINGS: '1',
      PORT: '0',
      S3_ACCESS_KEY_ID: credentials.accessKeyId,
      S3_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      ...(given && Object.fromEntries(buckets.map(({ variable, name }) => [variable, name]))),
    },
  })
  let said = ''
  const url = await new Promise<string>((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      said += chunk.toString()
      const open = /(?:Open|Local:) +(http:\S+)/.exec(said)?.[1]
      if (open) resolve(open)
    }
    child.stdout.on('data', listen)
    child.stderr.on('data', listen)
    child.once('exit', () => reject(new Error(`${folder} ended before it had started:\n${said}`)))
  })
  const endpoint = given ?? /Storage is (http:\S+),/.exec(said)?.[1] ?? ''
  const s3 = new S3Client({
    endpoint,
    region: S3_REGION,
    forcePathStyle: true,
    credentials,
  })

  /** Objects of all buckets whose key contains this text. */
  async function objects(text = '') {
    const found: { readonly bucket: string; readonly key: string }[] = []
    for (const { name: bucket } of buckets) {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }))
      for (const { Key: key = '' } of Contents) if (key.includes(text)) found.push({ bucket, key })
    }
    return found
  }

  return {
    url,
    endpoint,
    objects,
    /** Output of the example. */
    said: () => said,

    async hashOf(key: string) {
      const place = (await objects()).findLast((each) => each.key === key)
      if (!place) return undefined
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: place.bucket, Key: place.key }))
      return hash((await Body?.transformToByteArray()) ?? new Uint8Array())
    },

    async stop() {
      if (given) {
        for (const { bucket, key } of await objects()) {
          await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }))
        }
        for (const { name } of buckets) await s3.send(new DeleteBucketCommand({ Bucket: name }))
      }
      s3.destroy()
      const ended = once(child, 'exit')
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM')
      await ended
    },
  }
}

export function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
