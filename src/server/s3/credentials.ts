import { withDeadline } from './deadline.ts'

/** An access key of S3. The credential providers of the AWS SDK return values of this type. */
export interface S3Credentials {
  /**
   * May be undefined, because an environment variable may be undefined while an app is built. If it is still undefined
   * at the first request, the request throws a TypeError.
   */
  readonly accessKeyId: string | undefined
  /** See `accessKeyId`. */
  readonly secretAccessKey: string | undefined
  /** Token of temporary credentials. */
  readonly sessionToken?: string | undefined
  /**
   * Time at which temporary credentials end. No ticket and no URL outlives them. If there is a `sessionToken` but no
   * `expiration`, as in the environment of AWS Lambda, tickets and URLs live for at most 15 minutes.
   */
  readonly expiration?: Date | undefined
}

/**
 * Credentials, or a function that returns them, such as a provider of `@aws-sdk/credential-providers`. The function is
 * called again five minutes before `expiration`, or after five minutes if the credentials have no `expiration`.
 */
export type S3CredentialSource = S3Credentials | (() => S3Credentials | Promise<S3Credentials>)

/** Credentials whose values are not empty. */
export interface AccessKey {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  /** Epoch milliseconds. Absent for a permanent access key, and for a temporary access key whose expiry is unknown. */
  readonly expiresAt?: number
}

export interface CredentialCache {
  get(): Promise<AccessKey>
  /** Forgets an access key that storage rejected as expired. Returns whether the source can return a new access key. */
  forget(): boolean
}

const renewBeforeExpiryMs = 5 * 60_000
const retryRenewalAfterMs = 30_000
const cacheWithoutExpiryMs = 5 * 60_000
const loadTimeoutMs = 10_000

/**
 * Caches credentials. Concurrent callers share one call of the source. If a renewal fails, the old access key is used
 * while it is valid, and the renewal is repeated after 30 seconds.
 */
export function cacheCredentials(source: S3CredentialSource, now: () => number): CredentialCache {
  if (typeof source !== 'function') {
    return { get: async () => toAccessKey(source), forget: () => false }
  }
  let accessKey: AccessKey | undefined
  let renewAt = 0
  let pendingCall: { readonly key: Promise<AccessKey>; readonly startedAt: number } | undefined
  const isValid = ({ expiresAt = Infinity }: AccessKey) => now() < expiresAt

  const load = async (): Promise<AccessKey> => {
    try {
      accessKey = toAccessKey(await source())
      const { expiresAt } = accessKey
      renewAt =
        expiresAt === undefined
          ? now() + cacheWithoutExpiryMs
          : Math.max(now() + retryRenewalAfterMs, expiresAt - renewBeforeExpiryMs)
      return accessKey
    } catch (thrown) {
      if (!accessKey || !isValid(accessKey)) throw thrown
      renewAt = now() + retryRenewalAfterMs
      return accessKey
    }
  }
  return {
    async get() {
      if (accessKey && now() < renewAt && isValid(accessKey)) return accessKey
      // Does not wait for a call that started more than 10 seconds ago. In Cloudflare Workers, the end of a request
      // stops the calls that the request started, and the promises of these calls never settle.
      if (!pendingCall || now() - pendingCall.startedAt > loadTimeoutMs) {
        const call = { key: load(), startedAt: now() }
        pendingCall = call
        const forgetCall = () => {
          if (pendingCall === call) pendingCall = undefined
        }
        call.key.then(forgetCall, forgetCall)
      }
      const { key: pendingKey } = pendingCall
      return withDeadline(() => pendingKey, loadTimeoutMs, 'The credentials function of s3Storage')
    },
    forget() {
      accessKey = undefined
      return true
    },
  }
}

function toAccessKey({ accessKeyId, secretAccessKey, sessionToken, expiration }: S3Credentials): AccessKey {
  return {
    accessKeyId: requireOption('credentials.accessKeyId', accessKeyId),
    secretAccessKey: requireOption('credentials.secretAccessKey', secretAccessKey),
    ...(sessionToken && { sessionToken }),
    ...(expiration && { expiresAt: expiration.getTime() }),
  }
}

/** Throws a TypeError for an option that is missing or empty. */
export function requireOption(name: string, value: string | undefined): string {
  if (value) return value
  throw new TypeError(`s3Storage: ${name} is empty. Is its environment variable set where the server runs?`)
}
