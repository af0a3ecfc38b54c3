/** The S3 to use in place of the local one. */
export interface S3Settings {
  /** Absent: AWS, by region. */
  readonly endpoint?: string
  readonly bucket: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Bucket names in the path and not in the host name: most servers except AWS need this. */
  readonly forcePathStyle: boolean
}

export interface Settings {
  readonly port: number
  /** Undefined: the demo starts a local S3. */
  readonly s3: S3Settings | undefined
}

/** An error that the person who starts the demo can fix: printed as its message, without a stack. */
export class SetupError extends Error {}

type Environment = Readonly<Record<string, string | undefined>>

/** @throws SetupError that names the variable and its valid values */
export function readSettings(environment: Environment): Settings {
  return { port: readPort(environment.PORT), s3: readS3(environment) }
}

function readPort(text = '5173'): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port
  throw new SetupError(`PORT is "${text}". It must be a whole number from 1 to 65535.`)
}

function readS3(environment: Environment): S3Settings | undefined {
  const {
    S3_ENDPOINT: endpoint,
    S3_BUCKET: bucket,
    S3_REGION: region,
    S3_ACCESS_KEY_ID: accessKeyId,
    S3_SECRET_ACCESS_KEY: secretAccessKey,
    S3_FORCE_PATH_STYLE: pathStyle,
  } = environment
  if (![endpoint, bucket, region, accessKeyId, secretAccessKey, pathStyle].some(Boolean)) return undefined

  if (bucket && accessKeyId && secretAccessKey && (endpoint || region)) {
    return {
      ...(endpoint && { endpoint: readEndpoint(endpoint) }),
      bucket,
      region: region || 'us-east-1',
      accessKeyId,
      secretAccessKey,
      forcePathStyle: readSwitch('S3_FORCE_PATH_STYLE', pathStyle, Boolean(endpoint)),
    }
  }
  const missing = [
    !endpoint && !region && 'S3_ENDPOINT (or S3_REGION alone, for AWS)',
    !bucket && 'S3_BUCKET',
    !accessKeyId && 'S3_ACCESS_KEY_ID',
    !secretAccessKey && 'S3_SECRET_ACCESS_KEY',
  ].filter((name) => name !== false)
  throw new SetupError(
    `To use another S3 the demo also needs ${missing.join(', ')}. ` +
      'Set what is missing, or unset every S3_ variable to use the local S3.',
  )
}

function readEndpoint(text: string): string {
  if (/^https?:$/.test(URL.canParse(text) ? new URL(text).protocol : '')) return text
  throw new SetupError(`S3_ENDPOINT is "${text}". It must be a URL, such as http://127.0.0.1:7480.`)
}

function readSwitch(name: string, text: string | undefined, otherwise: boolean): boolean {
  if (!text) return otherwise
  if (/^(1|true|yes|on)$/i.test(text)) return true
  if (/^(0|false|no|off)$/i.test(text)) return false
  throw new SetupError(`${name} is "${text}". It must be true or false.`)
}
