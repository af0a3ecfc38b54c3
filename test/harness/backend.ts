import { GetObjectCommand, ListObjectsV2Command, PutBucketCorsCommand, S3Client } from '@aws-sdk/client-s3'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { cors } from 'hono/cors'
import type { TestProject } from 'vitest/node'
import { startLocalS3 } from 'local-s3'
import type { RequestRecord } from 'local-s3'
import { corsRule } from '../../src/protocol/cors-rule.ts'
import { createUploadHandler, route, s3Storage } from '../../src/server/index.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The URL of the app's backend for tests of components. */
    backend: string
  }
}

/**
 * A strict S3 and a backend with our handler for tests in a real browser, with one route for each kind of ticket.
 * Beside the API it returns the stored bytes and the requests that storage received.
 */
// oxlint-disable-next-line import/no-default-export -- Vitest requires it
export default async function startBackend(project: TestProject) {
  const requests: RequestRecord[] = []
  // Browsers cache preflights by URL, so tests that count them have buckets of their own.
  const buckets = ['uploads', 'first', 'preloaded', 'without-head']
  const s3 = await startLocalS3({ buckets, onRequest: (record) => requests.push(record) })
  const { endpoint, region, credentials } = s3
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true })
  const ruleWithoutHead = { ...corsRule(['*']), AllowedMethods: ['PUT', 'POST', 'GET'] }
  await client.send(
    new PutBucketCorsCommand({
      Bucket: 'without-head',
      CORSConfiguration: { CORSRules: [ruleWithoutHead] },
    }),
  )
  const rules = {
    accept: '*',
    maxSize: '1GB',
    minSize: 0,
    // Hides the warnings that these tests cause.
    detectType: false,
    authorize: () => ({ id: 'tester' }),
  } as const
  const storageOf = (bucket: string) =>
    s3Storage({ endpoint, region, credentials, bucket, partSize: 5 * 1024 ** 2 })
  const uploads = createUploadHandler({
    storage: storageOf('uploads'),
    secret: 'a secret of the tests, and of no other app',
    routes: {
      put: route({ ...rules, strategy: 'put' }),
      post: route({ ...rules, strategy: 'post', reusePolicies: false }),
      multipart: route({ ...rules, strategy: 'multipart' }),
      auto: route(rules),
      ahead: route({ ...rules, earlyConfirm: true }),
      first: route({ ...rules, storage: storageOf('first') }),
      preloaded: route({ ...rules, storage: storageOf('preloaded') }),
      'without-head': route({ ...rules, storage: storageOf('without-head') }),
    },
  })

  const app = new Hono()
  app.use(cors())
  app.post('/api/uploads', (context) => uploads(context.req.raw))
  // Stores that answer unlike S3. The ETag is the MD5 of nothing.
  const typesOfPuts: string[] = []
  app.put('/unsigned', (context) => {
    typesOfPuts.push(context.req.header('content-type') ?? 'none')
    return context.body(null, 200)
  })
  app.get('/unsigned', (context) => context.json(typesOfPuts))
  app.get('/never', () => new Promise<Response>(() => {}))
  app.post('/form/:status/:etag', (context) => {
    const { status, etag } = context.req.param()
    return new Response(status === '204' ? null : '', {
      status: Number(status),
      headers:
        etag === 'etag'
          ? { etag: '"d41d8cd98f00b204e9800998ecf8427e"', 'access-control-expose-headers': 'ETag' }
          : {},
    })
  })
  app.put('/silent', () => new Promise<Response>(() => {}))
  app.get('/requests', (context) => context.json(requests))
  app.get('/objects', async (context) => {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: 'uploads' }))
    return context.json(Contents.map(({ Key }) => Key))
  })
  app.get('/object', async (context) => {
    const Key = context.req.query('key')
    const { Body, ContentType } = await client.send(new GetObjectCommand({ Bucket: 'uploads', Key }))
    const type = ContentType ?? 'none'
    return new Response(Body?.transformToWebStream() ?? null, { headers: { 'content-type': type } })
  })
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 })
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error('The test backend has no port.')
  project.provide('backend', `http://127.0.0.1:${address.port}`)

  return async () => {
    server.close()
    await s3.close()
  }
}
