import {
  accessPointAddress,
  bucketUrl,
  checkNotDirectory,
  dnsSuffixOf,
  fitsHostName,
  parseEndpoint,
} from './address.ts'
import type { AccessReader, BucketAddress } from './address.ts'
import { readAwsClient } from './aws-client.ts'
import type { AwsS3Client } from './aws-client.ts'
import { isAccessPoint } from './bucket-name.ts'
import { cacheCredentials, requireOption } from './credentials.ts'
import type { CredentialCache, S3CredentialSource } from './credentials.ts'
import type { FeatureMemory } from './compatibility.ts'

/** Options to access a bucket: an access key, or a client of the AWS SDK. */
export type S3Access = S3KeyAccess | S3ClientAccess

interface S3AccessBase {
  /** Sends requests to storage. Default: the global `fetch`. */
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined
}

/** Access with an access key of the store. */
export interface S3KeyAccess extends S3AccessBase {
  /** URL of the store: `https://<account>.r2.cloudflarestorage.com`. Default: AWS, at the region's endpoint. */
  readonly endpoint?: string | undefined
  /** Region that requests are signed for: `eu-central-1`; `auto` for Cloudflare R2; `us-east-1` for most other stores. */
  readonly region: string | undefined
  /** Access key of the server, or a function that returns temporary credentials. */
  readonly credentials: S3CredentialSource
  /**
   * Whether the bucket's name is in the path of URLs and not in the host name. Default with `endpoint`: true. Default
   * without `endpoint`: true only for names that do not fit AWS's host names and certificate, because they have a
   * dot, an upper case letter or `_`.
   */
  readonly forcePathStyle?: boolean | undefined
  readonly client?: undefined
}

/** Access through a client of the AWS SDK. */
export interface S3ClientAccess extends S3AccessBase {
  /** Client of `@aws-sdk/client-s3`. Only its region, endpoint and credentials are used. */
  readonly client: AwsS3Client
  readonly endpoint?: undefined
  readonly region?: undefined
  readonly credentials?: undefined
  readonly forcePathStyle?: undefined
}

/** Access to all buckets of one store with one access key. */
export interface Connection {
  readonly credentials: CredentialCache
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  addressOf(bucket: string): Promise<BucketAddress>
  /** Returns the configured endpoint, or undefined for AWS. */
  endpoint(): Promise<URL | undefined>
  /**
   * Time of the store's clock in epoch milliseconds. It is the time of this server's clock until `setTime` is called.
   */
  now(): number
  /** Sets the store's clock. S3 rejects a signature whose time differs from that clock by more than 15 minutes. */
  setTime(epochMs: number): void
}

/** A bucket and the connection that reaches it. */
export interface Bucket {
  readonly connection: Connection
  readonly name: string
  readonly features: FeatureMemory
}

/** Creates the connection to a store. Throws a TypeError for an endpoint that is not a URL. */
export function connect(access: S3Access): Connection {
  let clockOffsetMs = 0
  const now = () => Date.now() + clockOffsetMs
  const { credentials, endpoint, addressOf } = access.client
    ? readAwsClient(access.client)
    : readOptions(access)
  return {
    credentials: cacheCredentials(credentials, now),
    // Looks up the global `fetch` at each call, because tests and tracing replace it. Calls it as a function and not
    // as a method, because Workers require this.
    fetch: access.fetch ?? ((url, init) => fetch(url, init)),
    addressOf: async (bucket) => addressOf(requireOption('bucket', bucket)),
    endpoint,
    now,
    setTime: (epochMs) => void (clockOffsetMs = epochMs - Date.now()),
  }
}

function readOptions({ endpoint, region, credentials, forcePathStyle }: S3KeyAccess): AccessReader {
  const endpointUrl = endpoint === undefined ? undefined : parseEndpoint(endpoint)
  return {
    credentials,
    endpoint: async () => endpointUrl,
    async addressOf(bucket) {
      const signingRegion = requireOption('region', region)
      if (endpointUrl)
        return { url: bucketUrl(endpointUrl, bucket, forcePathStyle ?? true), region: signingRegion }
      if (isAccessPoint(bucket)) return accessPointAddress(bucket)
      checkNotDirectory(bucket)
      const host = new URL(`https://s3.${signingRegion}.${dnsSuffixOf(signingRegion)}`)
      return { url: bucketUrl(host, bucket, forcePathStyle ?? !fitsHostName(bucket)), region: signingRegion }
    },
  }
}

/**
 * Returns a unique id of a bucket. AWS bucket names are globally unique; elsewhere the endpoint is part of the id.
 * Throws a TypeError for an empty name.
 */
export async function storageIdOf({
  connection,
  name,
}: Pick<Bucket, 'connection' | 'name'>): Promise<string> {
  const endpoint = await connection.endpoint()
  const host = endpoint && [endpoint.hostname, endpoint.port, endpoint.pathname]
  return JSON.stringify([host ?? 'aws', requireOption('bucket', name)])
}
