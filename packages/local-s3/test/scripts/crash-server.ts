import { startLocalS3 } from '../../src/index.ts'

/** Runs local-s3 in a separate process that can be killed: `tsx crash-server.ts directory accessKeyId secret`. */
const [directory = '', accessKeyId = '', secretAccessKey = ''] = process.argv.slice(2)
const { endpoint } = await startLocalS3({ directory, credentials: { accessKeyId, secretAccessKey } })
console.log(endpoint)
