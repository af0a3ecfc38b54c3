import { randomBytes, randomInt } from 'node:crypto'
import { chmod, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** An access key, as the AWS SDK takes it. */
export interface Credentials {
  accessKeyId: string
  secretAccessKey: string
}

const base32Alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const fileName = 'credentials.json'

/** Creates random keys in AWS's format: an id of 20 capital letters and digits, and a secret of 40 characters. */
export function createCredentials(): Credentials {
  const accessKeyId = `LS3A${Array.from({ length: 16 }, () => base32Alphabet[randomInt(base32Alphabet.length)]).join('')}`
  return { accessKeyId, secretAccessKey: randomBytes(30).toString('base64url') }
}

/** Credentials with an end, as AWS STS issues them. They fit the options of the AWS SDK. */
export interface TemporaryCredentials extends Credentials {
  sessionToken: string
  expiration: Date
}

/** Creates a temporary key. `expiration` is in epoch ms. */
export function createTemporaryCredentials(expiration: number): TemporaryCredentials {
  return {
    ...createCredentials(),
    sessionToken: randomBytes(96).toString('base64'),
    expiration: new Date(expiration),
  }
}

/**
 * Reads the keys stored in a directory, or creates and stores random ones. A restart has the same keys. The file mode is
 * 0600: only its owner may read it.
 * @throws Error when the file exists and contains no keys
 */
export async function loadOrCreateCredentials(directory: string): Promise<Credentials> {
  const path = join(directory, fileName)
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (text !== undefined) {
    const stored = parseCredentials(text)
    if (!stored)
      throw new Error(`${path} contains no keys. Delete the file, and the next start creates new keys.`)
    await chmod(path, 0o600)
    return stored
  }
  const created = createCredentials()
  await writeFile(`${path}.new`, JSON.stringify(created), { mode: 0o600 })
  await rename(`${path}.new`, path)
  return created
}

function parseCredentials(text: string): Credentials | undefined {
  try {
    const { accessKeyId, secretAccessKey }: { accessKeyId?: unknown; secretAccessKey?: unknown } = Object(
      JSON.parse(text),
    )
    if (typeof accessKeyId !== 'string' || typeof secretAccessKey !== 'string') return undefined
    return accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : undefined
  } catch {
    return undefined
  }
}
