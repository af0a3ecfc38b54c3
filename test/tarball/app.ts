import { execFileSync } from 'node:child_process'

/** An app folder with the package installed, and commands that run in it. */
export interface App {
  readonly folder: string
  /** Prints the next step. */
  step(text: string): void
  /** Runs a command in the folder and returns its standard output. Throws when it fails. */
  run(command: string, ...args: readonly string[]): string
}

export function appIn(folder: string): App {
  return {
    folder,
    step: (text) => console.log(`tarball: ${text}`),
    run: (command, ...args) =>
      execFileSync(command, args, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' }),
  }
}
