import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import {
  UploadError,
  createUploadHandler,
  readUploads,
  route,
  s3Storage,
  toNodeHandler,
} from 'putaway/server'
import { findVirus } from './clamd.ts'
import { openTables } from './documents.ts'
import type { ScanJob } from './documents.ts'

const {
  S3_ENDPOINT,
  S3_REGION = '',
  S3_ACCESS_KEY_ID = '',
  S3_SECRET_ACCESS_KEY = '',
  S3_BUCKET,
} = process.env
const bucket = S3_BUCKET ?? 'clamav'
const access = {
  region: S3_REGION,
  credentials: { accessKeyId: S3_ACCESS_KEY_ID, secretAccessKey: S3_SECRET_ACCESS_KEY },
  ...(S3_ENDPOINT && { endpoint: S3_ENDPOINT, forcePathStyle: true }),
}
const s3 = new S3Client(access)
const tables = openTables(process.env.TABLES ?? 'tables.json')

/**
 * Outcomes of scans that ended in this process: the name of a virus, or undefined. By key and ETag, because the user can
 * replace the object until the ticket expires.
 */
const outcomes = new Map<string, string | undefined>()
const nameOf = ({ key, etag }: Pick<ScanJob, 'key' | 'etag'>) => `${key} ${etag}`

const uploads = createUploadHandler({
  storage: s3Storage({ ...access, bucket }),
  secret: process.env.UPLOAD_SECRET,
  routes: {
    documents: route({
      accept: ['image/*', '.pdf', '.txt'],
      maxSize: '20MB',
      authorize: userOf,
      verify({ key, etag = '', token }) {
        const name = nameOf({ key, etag })
        if (!outcomes.has(name)) {
          const job = { key, etag, token }
          if (tables.addJob(name, job)) void run(name, job)
          return { pending: 1 }
        }
        if (outcomes.get(name) === undefined) return true
        return new UploadError('rejected', { phase: 'finishing', text: 'This file has a virus.' })
      },
      onConfirm({ id, key, name }, { user }) {
        tables.put({ id, key, name, owner: user.id, status: 'ready' })
        return { id, name }
      },
    }),
  },
})

/** Scans a file, and ends its upload, also if its page was closed. */
async function run(name: string, { key, etag, token }: ScanJob): Promise<void> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key, IfMatch: `"${etag}"` }))
    outcomes.set(name, await findVirus(Body as AsyncIterable<Uint8Array>)) // a stream in Node
    const upload = await uploads.resolveUpload(token)
    if (upload.status === 'error' && upload.id !== undefined) tables.refuse(upload.id)
    tables.endJob(name)
  } catch (thrown) {
    const code = thrown instanceof Error ? thrown.name : ''
    // The user removed or replaced the file.
    if (code === 'NoSuchKey' || code === 'PreconditionFailed') return tables.endJob(name)
    console.error(`The scan failed, and is tried again. ${String(thrown)}`)
    setTimeout(() => void run(name, { key, etag, token }), 5000)
  }
}

/** Returns the user of a request. Replace it with your session check. */
function userOf({ headers }: Request) {
  const id = /(?:^|; )user=([\w-]{36})(?:;|$)/.exec(headers.get('cookie') ?? '')?.[1]
  return id === undefined ? null : { id }
}

/** Saves the documents of a form. A document whose check is pending becomes ready or refused later. */
async function saveForm(request: Request): Promise<Response> {
  const user = userOf(request)
  if (!user) return new Response('', { status: 401 })
  if (request.method === 'GET') return Response.json(tables.documentsOf(user.id))
  const form = await request.formData()
  const entries = await readUploads(form, 'documents', {
    handler: uploads,
    route: 'documents',
    user,
    allowPending: true,
  })
  for (const entry of entries) {
    if (entry.status === 'error') return Response.json({ message: entry.error.text }, { status: 400 })
    if (entry.status !== 'pending') continue
    const { id, name } = entry.upload
    tables.put({ id, name, owner: user.id, status: 'checking' }, true)
    // The scan may have ended before the document was saved.
    const upload = await uploads.resolveUpload(entry.token)
    if (upload.status === 'error') tables.refuse(id)
  }
  return Response.json({})
}

for (const [name, job] of tables.jobs()) void run(name, job)

const api = toNodeHandler((request) =>
  new URL(request.url).pathname === '/api/uploads' ? uploads(request) : saveForm(request),
)
const server = createServer((incoming, outgoing) => void api(incoming, outgoing))
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port)) // it listens on a port
