import { build } from 'esbuild'
import { Miniflare } from 'miniflare'
import { serve } from '../shared/server/serve.ts'
import { toRequest, writeResponse } from '../shared/server/web-request.ts'
import { openStorage } from '../shared/server/storage.ts'

/** Runs the Worker on workerd, with the page, and a local S3 that stands in for R2. `wrangler deploy` publishes the Worker. */
const bucket = process.env.S3_BUCKET ?? 'worker'
const storage = await openStorage(bucket)
const { outputFiles } = await build({
  entryPoints: ['worker.ts'],
  bundle: true,
  format: 'esm',
  // The conditions of wrangler.
  conditions: ['workerd', 'worker', 'browser'],
  write: false,
})
const worker = new Miniflare({
  modules: [{ type: 'ESModule', path: 'worker.js', contents: outputFiles[0]?.text ?? '' }],
  compatibilityDate: '2026-04-01',
  bindings: {
    ...storage.environment,
    S3_BUCKET: bucket,
    UPLOAD_SECRET: 'good for this machine and nowhere else',
  },
})
const origin = (await worker.ready).origin
await serve(
  (incoming, outgoing) =>
    void toRequest(incoming, origin)
      .then((request) => fetch(request))
      .then((response) => writeResponse(response, outgoing)),
  async () => {
    await worker.dispose()
    await storage.close()
  },
)
