// Uploads one file through putaway/server to the S3 of the environment. It runs unbundled and from each bundler.
import { createUploadHandler, route, s3Storage } from 'putaway/server'

const { S3_ENDPOINT: endpoint, S3_CREDENTIALS = '' } = process.env
const uploads = createUploadHandler({
  storage: s3Storage({
    endpoint,
    region: 'us-east-1',
    credentials: JSON.parse(S3_CREDENTIALS),
    bucket: 'uploads',
  }),
  secret: 'a secret of this script, and of nothing else',
  routes: { photos: route({ accept: 'image/*', maxSize: '1MB', authorize: () => ({ id: 'me' }) }) },
})
async function ask(body) {
  const headers = { 'content-type': 'application/json' }
  const request = new Request('http://app/', { method: 'POST', headers, body: JSON.stringify(body) })
  return (await uploads(request)).json()
}

const presigned = await ask({
  type: 'presign',
  files: [{ id: '1', name: 'a.gif', size: 6, type: 'image/gif' }],
})
const ticket = presigned.tickets?.[0]?.ticket
if (!ticket) throw new Error(JSON.stringify(presigned))
const form = new FormData()
for (const [name, value] of Object.entries(ticket.fields)) form.append(name, value)
form.append('file', new Blob(['GIF89a']))
const { status } = await fetch(ticket.url, { method: 'POST', body: form })
const { results } = await ask({ type: 'confirm', receipts: [{ id: '1', token: ticket.token }] })
if (status !== 201 || results?.[0]?.result?.size !== 6) throw new Error(JSON.stringify({ status, results }))
console.log('stored and confirmed')
