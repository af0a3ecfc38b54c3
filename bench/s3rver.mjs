// Runs s3rver in a separate process, to measure only its memory. Prints its port.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import S3rver from 's3rver'

const directory = mkdtempSync(join(tmpdir(), 's3rver-'))
const { port } = await new S3rver({ address: '127.0.0.1', port: 0, silent: true, directory }).run()
console.log(port)
