import { randomBytes, randomInt } from 'node:crypto'
import { chmod, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Credentials } from './signature.ts'

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const fileName = 'credentials.json'

/** Random keys in the form of AWS's: 20 capital letters and digits, and a secret of 40 characters. */
export function createCredentials(): Credentials {
  const accessKeyId = `LS3A${Array.from({ length: 16 }, () => letters[randomInt(letters.length)]).join('')}`
  return { accessKeyId, secretAccessKey: randomBytes(30).toString('base64url') }
}

/**
 * The keys that a directory keeps, so that a restart has the same; random ones are written where there are none.
 * Only the owner of the file may read it.
 * @throws Error when the file is there and holds no keys
 */
export async function keepCredentials(directory: string): Promise<Credentials> {
  const path = join(directory, fileName)
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (text !== undefined) {
    const kept = parseCredentials(text)
    if (!kept) throw new Error(`${path} holds no keys. Delete it to get new ones.`)
    await chmod(path, 0o600)
    return kept
  }
  const made = createCredentials()
  await writeFile(`${path}.new`, JSON.stringify(made), { mode: 0o600 })
  await rename(`${path}.new`, path)
  return made
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
