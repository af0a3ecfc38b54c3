import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/**
 * Runs tsc for the tsconfig.json of a folder. Rejects with its output in `stdout` if there are errors. With its default
 * of four checkers, each of them checks the types that all files share, which takes half as much CPU time again. Without
 * its garbage collection it takes a fifth less CPU time, and 50 MB more memory.
 */
export const tsc = (folder: string) =>
  promisify(execFile)('node_modules/.bin/tsc', ['-p', folder, '--checkers', '1'], {
    env: { ...process.env, GOGC: 'off' },
  })
