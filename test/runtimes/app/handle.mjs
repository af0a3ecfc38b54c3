// Runs on each runtime: the handler, and every method of its storage by name for the cases of ../cases.ts.
import { createUploadHandler, s3Storage } from 'putaway/server'

/** @param {{ access: string, secret: string }} settings */
export function createApp({ access, secret }) {
  const options = JSON.parse(access)
  const rules = { accept: 'image/*', maxSize: '100MB', authorize: () => ({ id: 'me' }) }
  const uploads = createUploadHandler({
    storage: s3Storage({ ...options, partSize: 5 * 1024 ** 2 }),
    secret,
    routes: {
      put: { ...rules, strategy: 'put' },
      post: { ...rules, strategy: 'post', image: true },
      multipart: { ...rules, strategy: 'multipart' },
    },
  })
  return async (request) => {
    if (new URL(request.url).pathname === '/api/uploads') return uploads(request)
    const { changes, calls } = await request.json()
    // Made in the request: Workers share no connection between requests.
    const storage = s3Storage({ ...options, ...changes })
    const outcomes = await Promise.all(
      calls.map(([method, ...args]) => outcomeOf(() => storage[method](...args))),
    )
    return Response.json(outcomes)
  }
}

async function outcomeOf(call) {
  try {
    const value = await call()
    return { value: value instanceof Uint8Array ? { bytes: Array.from(value) } : value }
  } catch (thrown) {
    return { error: { name: thrown.name, message: thrown.message, status: thrown.status } }
  }
}
