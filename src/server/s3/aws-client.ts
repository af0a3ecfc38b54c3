import { checkNotDirectory, fitsHostName, unsupportedArn } from './address.ts'
import type { AccessReader } from './address.ts'
import type { S3Credentials } from './credentials.ts'

/** The properties of an `S3Client` of `@aws-sdk/client-s3` that are read. The package need not be installed. */
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

/** Reads access from a client. It may have been configured by environment variables and profiles. */
export function readAwsClient({ config }: AwsS3Client): AccessReader {
  const read = async (name: string): Promise<unknown> => {
    // A setting is a value or a function, which depends on the setting and on the version of the SDK.
    const value = (config as unknown as Record<string, unknown>)[name]
    return typeof value === 'function' ? (value.call(config) as unknown) : value
  }
  const endpoint = async () => {
    const configuredEndpoint = await read('endpoint')
    if (typeof configuredEndpoint === 'object' && configuredEndpoint !== null)
      return toUrl(configuredEndpoint as AwsEndpointParts) // the type of `config.endpoint`
    // The SDK reads AWS_ENDPOINT_URL_S3 with its first request, into another property.
    const ignoresEnvironment = await read('ignoreConfiguredEndpointUrls')
    const environmentEndpoint =
      ignoresEnvironment === true ? undefined : await read('serviceConfiguredEndpoint')
    return typeof environmentEndpoint === 'string' ? new URL(environmentEndpoint) : undefined
  }
  return {
    credentials: () => config.credentials(),
    endpoint,
    async addressOf(bucket, otherEndpoint) {
      checkNotDirectory(bucket)
      const [region, configuredEndpoint] = await Promise.all([config.region(), otherEndpoint ?? endpoint()])
      const isArn = bucket.startsWith('arn:')
      const needsPath =
        !isArn && (bucket.includes('.') ? configuredEndpoint?.protocol !== 'http:' : !fitsHostName(bucket))
      const parameters = {
        Bucket: bucket,
        Region: region,
        ...(configuredEndpoint && { Endpoint: configuredEndpoint.href.replace(/\/$/, '') }),
        // Puts a bucket name that cannot be part of a host name into the path, as the SDK does.
        ForcePathStyle: needsPath || (await read('forcePathStyle')) === true,
        UseDualStack: (await read('useDualstackEndpoint')) === true,
        UseFIPS: (await read('useFipsEndpoint')) === true,
        UseGlobalEndpoint: (await read('useGlobalEndpoint')) === true,
        Accelerate: (await read('useAccelerateEndpoint')) === true,
        UseArnRegion: (await read('useArnRegion')) === true,
        DisableMultiRegionAccessPoints: (await read('disableMultiregionAccessPoints')) === true,
      }
      const { url, properties } = config.endpointProvider(parameters)
      const scheme = readSchemes(properties).find(({ name }) => name === 'sigv4')
      if (!scheme || scheme.signingName !== 's3') throw unsupportedArn(bucket)
      return { url, region: scheme.signingRegion ?? region }
    },
  }
}

/** The SDK's form of an endpoint. Its `protocol` ends with a colon. */
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
  return Array.isArray(schemes) ? (schemes as AuthScheme[]) : [] // the SDK's type is unknown
}
