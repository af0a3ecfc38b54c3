import { serve } from '../shared/server/serve.ts'
import { openStorage } from '../shared/server/storage.ts'
import { toRequest, writeResponse } from '../shared/server/web-request.ts'

/** Runs the function as AWS does, with events of a function URL, and the page and a local S3 beside it. */
const storage = await openStorage(process.env.S3_BUCKET ?? 'lambda')
const { S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY, ...place } = storage.environment
Object.assign(process.env, place, {
  AWS_ACCESS_KEY_ID: S3_ACCESS_KEY_ID,
  AWS_SECRET_ACCESS_KEY: S3_SECRET_ACCESS_KEY,
  UPLOAD_SECRET: 'good for this machine and nowhere else',
})
// Imported here, because it reads the variables.
const { handler } = await import('./handler.ts')

/** The event of a function URL: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads */
async function toEvent(request: Request) {
  const { pathname, host, search } = new URL(request.url)
  const { cookie = '', ...headers } = Object.fromEntries(request.headers)
  const body = Buffer.from(await request.arrayBuffer()).toString('base64')
  return {
    version: '2.0',
    rawPath: pathname,
    rawQueryString: search.slice(1),
    cookies: cookie.split('; '),
    headers: { ...headers, host },
    requestContext: { domainName: host, http: { method: request.method, path: pathname } },
    body,
    isBase64Encoded: true,
  }
}

await serve(
  (incoming, outgoing) =>
    void toRequest(incoming, 'https://abcdefghij.lambda-url.eu-central-1.on.aws')
      .then(toEvent)
      .then(handler)
      .then(({ statusCode, headers, body }) =>
        writeResponse(new Response(body, { status: statusCode, headers }), outgoing),
      ),
  storage.close,
)
