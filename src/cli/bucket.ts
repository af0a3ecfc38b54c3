import { parseArgs } from 'node:util'
import { applyBucketRules, bucketRules } from '../server/index.ts'
import type { S3KeyAccess } from '../server/index.ts'
import { printableLines } from './printable.ts'

const bucketUsage = `putaway bucket: prints the rules that an upload bucket needs

  npx putaway bucket <name> --origin https://your.app [options]

  --origin URL          origin of a page that uploads; repeatable
  --prefix uploads/     prefix of unconfirmed uploads, as in s3Storage
  --files-prefix files/ prefix of confirmed files, as in s3Storage
  --expire-days 1       days until unconfirmed uploads are deleted
  --promote-to name     the bucket of promoteTo, for the IAM policy
  --apply               adds the CORS and lifecycle rules to the bucket and keeps its other rules

  --apply reads S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY and S3_REGION, or AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
  AWS_SESSION_TOKEN and AWS_REGION, and S3_ENDPOINT and S3_FORCE_PATH_STYLE. To use a profile of the AWS CLI:
  eval "$(aws configure export-credentials --format env)"`

/**
 * Runs `putaway bucket`. Prints the CORS rule, the lifecycle rules and the IAM policy. `--apply` also sets the CORS
 * rule and the lifecycle rules of the bucket.
 */
export async function runBucketCommand(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      origin: { type: 'string', multiple: true, default: [] },
      prefix: { type: 'string', default: 'uploads/' },
      'files-prefix': { type: 'string', default: 'files/' },
      'expire-days': { type: 'string', default: '1' },
      'promote-to': { type: 'string' },
      apply: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const [bucketName] = positionals
  if (values.help) return console.log(bucketUsage)
  if (bucketName === undefined || values.origin.length === 0) throw new Error(bucketUsage)

  const expireDays = Number(values['expire-days'])
  if (!Number.isInteger(expireDays) || expireDays < 1)
    throw new Error('--expire-days must be a whole number of at least 1.')
  const promoteTo = values['promote-to']
  const rules = bucketRules({
    bucket: bucketName,
    origins: values.origin.map(parseOrigin),
    prefix: values.prefix,
    filesPrefix: values['files-prefix'],
    expireDays,
    ...(promoteTo !== undefined && { promoteTo }),
  })

  const cors = { CORSRules: [rules.cors] }
  printRule('CORS', 'aws s3api put-bucket-cors --cors-configuration', bucketName, cors)
  const lifecycle = { Rules: rules.lifecycle }
  printRule(
    'Lifecycle',
    'aws s3api put-bucket-lifecycle-configuration --lifecycle-configuration',
    bucketName,
    lifecycle,
  )
  console.log('# IAM policy for the access key that signs on the server\n')
  console.log(printableLines(`${JSON.stringify(rules.policy, null, 2)}\n`))

  if (!values.apply) {
    console.log(
      '# The commands above replace all rules of the bucket. To add these and keep the others, use --apply.',
    )
    return
  }
  await applyBucketRules({ ...readAccess(process.env), bucket: bucketName }, rules)
  console.log(
    printableLines(
      `# The bucket ${bucketName} now has the CORS and lifecycle rules. Attach the IAM policy yourself.`,
    ),
  )
}

function printRule(title: string, command: string, bucketName: string, json: object) {
  console.log(
    printableLines(
      `# ${title}: ${command} file://… --bucket ${bucketName}\n\n${JSON.stringify(json, null, 2)}\n`,
    ),
  )
}

/** Returns the origin of a URL without path and trailing slash, because browsers compare CORS origins as strings. */
function parseOrigin(text: string): string {
  if (text === '*' || /^https?:\/\/\*\./.test(text)) return text
  if (URL.canParse(text) && new URL(text).origin !== 'null') return new URL(text).origin
  throw new Error(`--origin ${text} is not an origin. Write it as https://your.app`)
}

function readAccess(environment: NodeJS.ProcessEnv): S3KeyAccess {
  const { S3_ENDPOINT, S3_REGION, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY, S3_FORCE_PATH_STYLE } = environment
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION } = environment
  const credentials = S3_ACCESS_KEY_ID
    ? { accessKeyId: S3_ACCESS_KEY_ID, secretAccessKey: S3_SECRET_ACCESS_KEY }
    : {
        accessKeyId: AWS_ACCESS_KEY_ID,
        secretAccessKey: AWS_SECRET_ACCESS_KEY,
        sessionToken: AWS_SESSION_TOKEN,
      }
  const region = S3_REGION ?? AWS_REGION ?? 'us-east-1'
  if (!credentials.accessKeyId || !credentials.secretAccessKey)
    throw new Error('--apply needs an access key: set S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY.')
  if (!S3_ENDPOINT) return { region, credentials }
  return { endpoint: S3_ENDPOINT, region, credentials, forcePathStyle: S3_FORCE_PATH_STYLE !== 'false' }
}
