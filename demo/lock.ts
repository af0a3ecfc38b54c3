import { lockDirectory } from '../packages/local-s3/src/storage/directory-lock.ts'
import { SetupError } from './settings.ts'

/**
 * Prevents a second demo on the same folder: two processes would corrupt the database.
 * @returns the function that releases the folder
 * @throws SetupError
 */
export async function lock(directory: string) {
  const held = await lockDirectory(directory, 'the demo').catch((thrown: unknown) => {
    throw new SetupError(thrown instanceof Error ? thrown.message : String(thrown))
  })
  return held.release
}
