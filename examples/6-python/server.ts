import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { request as send } from 'node:http'
import { serve } from '../shared/server/serve.ts'
import { openStorage } from '../shared/server/storage.ts'

/** Serves the page, and forwards its calls to the Python server, as a reverse proxy does. */
const {
  PYTHON = 'python3',
  S3_BUCKET = 'python',
  UPLOAD_SECRET = randomBytes(32).toString('hex'),
} = process.env
const storage = await openStorage(S3_BUCKET)
const python = spawn(PYTHON, ['-m', 'flask', '--app', 'app', 'run', '--port', '0'], {
  stdio: ['ignore', 'inherit', 'pipe'],
  env: { ...process.env, ...storage.environment, S3_BUCKET, UPLOAD_SECRET, PYTHONDONTWRITEBYTECODE: '1' },
})
python.once('exit', (code) => process.exit(code ?? 1))

const backend = await new Promise<string>((resolve) => {
  let output = ''
  python.stderr.on('data', (chunk: Buffer) => {
    process.stderr.write(chunk)
    output += output.length < 10_000 ? chunk.toString() : ''
    const url = /Running on (http:\S+)/.exec(output)?.[1]
    if (url) resolve(url)
  })
})

await serve(
  (request, response) => {
    const { method, headers, url = '/' } = request
    const forwarded = send(backend + url, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    forwarded.on('error', () => response.writeHead(502).end())
    request.pipe(forwarded)
  },
  async () => {
    python.removeAllListeners('exit')
    python.kill()
    await storage.close()
  },
)
