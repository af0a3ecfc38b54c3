// Uploads one file through putaway/server to the S3 of the environment, and one to a route that needs image-size. It
// runs unbundled and from each bundler, also as CommonJS, which has no top-level await.
import { createUploadHandler, route, s3Storage } from 'putaway/server'

const { S3_ENDPOINT: endpoint, S3_CREDENTIALS = '', HAS_IMAGE_SIZE: hasImageSize } = process.env
const problems = []
const rules = { accept: 'image/*', maxSize: '1MB', authorize: () => ({ id: 'me' }) }
const uploads = createUploadHandler({
  storage: s3Storage({
    endpoint,
    region: 'us-east-1',
    credentials: JSON.parse(S3_CREDENTIALS),
    bucket: 'uploads',
  }),
  secret: 'a secret of this script, and of nothing else',
  routes: { photos: route(rules), measured: route({ ...rules, image: true }) },
  onError: (error) => problems.push(String(error)),
})
async function ask(body) {
  const headers = { 'content-type': 'application/json' }
  const request = new Request('http://app/', { method: 'POST', headers, body: JSON.stringify(body) })
  return (await uploads(request)).json()
}

async function upload(file, bytes) {
  const presigned = await ask({ type: 'presign', files: [{ id: '1', size: bytes.length, ...file }] })
  const ticket = presigned.tickets?.[0]?.ticket
  if (!ticket) throw new Error(JSON.stringify(presigned))
  const form = new FormData()
  for (const [name, value] of Object.entries(ticket.fields)) form.append(name, value)
  form.append('file', new Blob([bytes]))
  const { status } = await fetch(ticket.url, { method: 'POST', body: form })
  if (status !== 201) throw new Error(`storage answered ${status}`)
  return (await ask({ type: 'confirm', receipts: [{ id: '1', token: ticket.token }] })).results?.[0]
}

async function main() {
  const gif = await upload({ name: 'a.gif', type: 'image/gif', route: 'photos' }, Buffer.from('GIF89a'))
  if (gif?.result?.size !== 6) throw new Error(JSON.stringify({ gif, problems }))

  // A Photoshop header of 30 x 20 pixels: only image-size reads this format.
  const header = Buffer.alloc(26)
  header.write('8BPS\0\x01', 'latin1')
  header.writeUInt32BE(20, 14)
  header.writeUInt32BE(30, 18)
  const file = { name: 'a.psd', type: 'image/vnd.adobe.photoshop', route: 'measured' }
  // Without image-size, confirm refuses the file, and the package is reported once.
  const psd = await upload(file, header).catch((error) => ({ error }))
  const isMeasured = psd?.result?.width === 30 && psd.result.height === 20
  const isReported = problems.some((problem) => problem.includes('npm install image-size'))
  if (hasImageSize ? !isMeasured || isReported : isMeasured || !psd?.error || !isReported)
    throw new Error(JSON.stringify({ psd, problems }))
  console.log(`stored and confirmed, ${hasImageSize ? 'measured' : 'image-size is reported as missing'}`)
}

main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
