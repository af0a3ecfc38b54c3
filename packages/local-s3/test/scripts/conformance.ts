import { AssertionError } from 'node:assert/strict'
import { inspect, parseArgs } from 'node:util'
import {
  AbortMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3'
import { startLocalS3 } from '../../src/index.ts'
import { checks } from '../checks/index.ts'
import { openTestBucket, type TestBucket, type Target } from '../harness/test-bucket.ts'

const usage = `Runs the checks of local-s3 against local-s3 and another S3, and prints the differences.

  tsx packages/local-s3/test/scripts/conformance.ts [--endpoint http://…] [--region us-east-1] [--only text] [--markdown]

Keys come from S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY; the endpoint may come from S3_ENDPOINT.
It creates buckets named checks-… and deletes them.`

const { values } = parseArgs({
  options: {
    endpoint: { type: 'string' },
    region: { type: 'string' },
    only: { type: 'string' },
    markdown: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

/** One line per failed check, by name. */
async function runAll(label: string, target: Target): Promise<Map<string, string>> {
  const failures = new Map<string, string>()
  const s3 = await openTestBucket(target)
  const chosen = checks.filter(({ name }) => name.includes(values.only ?? ''))
  for (const [index, { name, run }] of chosen.entries()) {
    try {
      await withTimeout(run(s3))
    } catch (error) {
      failures.set(name, firstLine(error))
    }
    process.stderr.write(`\r${label}: ${index + 1}/${chosen.length}, ${failures.size} failed `)
  }
  process.stderr.write('\n')
  await sweep(s3)
  return failures
}

const withTimeout = (run: Promise<void>) =>
  Promise.race([
    run,
    new Promise<never>((_resolve, reject) =>
      setTimeout(() => reject(new Error('no answer in 20 s')), 20_000).unref(),
    ),
  ])

function firstLine(error: unknown) {
  if (error instanceof AssertionError && error.generatedMessage) {
    return `${inspect(error.actual, { breakLength: 200 })} instead of ${inspect(error.expected, { breakLength: 200 })}`.slice(
      0,
      160,
    )
  }
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]?.slice(0, 160) ?? ''
}

async function sweep({ client }: TestBucket) {
  const { Buckets = [] } = await client.send(new ListBucketsCommand({}))
  for (const { Name: Bucket } of Buckets.filter(({ Name }) => Name?.startsWith('checks-'))) {
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket }))
    for (const { Key, UploadId } of Uploads)
      await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }))
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }))
    for (const { Key } of Contents) await client.send(new DeleteObjectCommand({ Bucket, Key }))
    await client
      .send(new DeleteBucketCommand({ Bucket }))
      .catch((error: unknown) => console.error(`${Bucket}: ${String(error)}`))
  }
}

if (values.help) {
  console.log(usage)
} else {
  const local = await startLocalS3()
  const localFailures = await runAll('local-s3', local)
  await local.close()
  for (const [name, why] of localFailures) console.log(`local-s3 fails: ${name}\n  ${why}`)

  const endpoint = values.endpoint ?? process.env.S3_ENDPOINT
  if (endpoint) {
    const {
      S3_ACCESS_KEY_ID: accessKeyId = '',
      S3_SECRET_ACCESS_KEY: secretAccessKey = '',
      S3_REGION = 'us-east-1',
    } = process.env
    const remoteFailures = await runAll(endpoint, {
      endpoint,
      region: values.region ?? S3_REGION,
      credentials: { accessKeyId, secretAccessKey },
    })
    const differing = checks.filter(({ name }) => localFailures.has(name) !== remoteFailures.has(name))
    console.log(
      `\n${checks.length} checks of what AWS documents: local-s3 passes ${checks.length - localFailures.size}, ${endpoint} ${checks.length - remoteFailures.size}.\n`,
    )
    if (values.markdown) console.log('| check | there |\n|---|---|')
    for (const { name } of differing) {
      const why = remoteFailures.get(name) ?? `passes; local-s3: ${localFailures.get(name)}`
      console.log(
        values.markdown
          ? `| ${name.replaceAll('|', '\\|')} | ${why.replaceAll('|', '\\|')} |`
          : `${name}\n    ${why}`,
      )
    }
  }
  process.exitCode = localFailures.size > 0 ? 1 : 0
}
