import { checkNotDirectory, fitsHostName, unsupportedArn } from './address.ts'
import type { AccessReader } from './address.ts'
import type { S3Credentials } from './credentials.ts'

/** The properties of an `S3Client` of `@aws-sdk/client-s3` that `s3Storage` reads. It does not import that package. */
export interface AwsS3Client {
  readonly config: {
    credentials(): Promise<S3Credentials>
    region(): Promise<string>
    /** Resolves the endpoint of a bucket by the rules of AWS. */
    endpointProvider(parameters: { readonly Bucket?: string; readonly Region?: string }): AwsEndpoint
  }
}

interface AwsEndpoint {
  readonly url: URL
  readonly properties?: Readonly<Record<string, unknown>>
}

/** Reads endpoint, region and credentials of a client, which the SDK may take from environment variables and profiles. */
export function readAwsClient({ config }: AwsS3Client): AccessReader {
  const readSetting = async (name: string): Promise<unknown> => {
    // Some settings are values and others are functions. Which settings are functions depends on the version of the
    // SDK.
    const value = (config as unknown as Record<string, unknown>)[name]
    return typeof value === 'function' ? (value.call(config) as unknown) : value
  }
  const endpoint = async () => {
    const configuredEndpoint = await readSetting('endpoint')
    if (typeof configuredEndpoint === 'object' && configuredEndpoint !== null)
      return toUrl(configuredEndpoint as AwsEndpointParts) // the type of `config.endpoint`
    // The SDK stores the environment variable AWS_ENDPOINT_URL_S3 in another property than `endpoint`.
    const ignoresEnvironment = await readSetting('ignoreConfiguredEndpointUrls')
    const environmentEndpoint =
      ignoresEnvironment === true ? undefined : await readSetting('serviceConfiguredEndpoint')
    return typeof environmentEndpoint === 'string' ? new URL(environmentEndpoint) : undefined
  }
  return {
    credentials: () => config.credentials(),
    endpoint,
    async addressOf(bucket) {
      checkNotDirectory(bucket)
      const [region, configuredEndpoint] = await Promise.all([config.region(), endpoint()])
      const isArn = bucket.startsWith('arn:')
      const needsPath =
        !isArn && (bucket.includes('.') ? configuredEndpoint?.protocol !== 'http:' : !fitsHostName(bucket))
      const parameters = {
        Bucket: bucket,
        Region: region,
        ...(configuredEndpoint && { Endpoint: configuredEndpoint.href.replace(/\/$/, '') }),
        // Puts a bucket name that cannot be part of a host name into the path, as the SDK does.
        ForcePathStyle: needsPath || (await readSetting('forcePathStyle')) === true,
        UseDualStack: (await readSetting('useDualstackEndpoint')) === true,
        UseFIPS: (await readSetting('useFipsEndpoint')) === true,
        UseGlobalEndpoint: (await readSetting('useGlobalEndpoint')) === true,
        Accelerate: (await readSetting('useAccelerateEndpoint')) === true,
        UseArnRegion: (await readSetting('useArnRegion')) === true,
        DisableMultiRegionAccessPoints: (await readSetting('disableMultiregionAccessPoints')) === true,
      }
      const { url, properties } = config.endpointProvider(parameters)
      const scheme = readSchemes(properties).find(({ name }) => name === 'sigv4')
      if (!scheme || scheme.signingName !== 's3') throw unsupportedArn(bucket)
      return { url, region: scheme.signingRegion ?? region }
    },
  }
}

/** An endpoint in the format of the SDK. Its `protocol` ends with a colon. */
interface AwsEndpointParts {
  readonly protocol: string
  readonly hostname: string
  readonly port?: number
  readonly path?: string
}

function toUrl({ protocol, hostname, port, path = '/' }: AwsEndpointParts): URL {
  return new URL(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`)
}

interface AuthScheme {
  readonly name?: string
  readonly signingName?: string
  readonly signingRegion?: string
}

function readSchemes(properties: AwsEndpoint['properties']): readonly AuthScheme[] {
  const schemes = properties?.authSchemes
  return Array.isArray(schemes) ? (schemes as AuthScheme[]) : [] // the SDK declares them as unknown
}
