import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const signatures = join(import.meta.dirname, 'signatures')
const commands = ['/usr/sbin/clamd', '/usr/local/sbin/clamd', '/opt/homebrew/sbin/clamd']

/** Returns the path of clamd. Throws an Error that says how to install it. */
export function findClamd(): string {
  const command = commands.find((each) => existsSync(each))
  if (command !== undefined) return command
  throw new Error(
    'ClamAV is not installed. Install it: sudo apt-get update && sudo apt-get install -y clamav-daemon. ' +
      'Or set CLAMD_SOCKET to the socket of a running clamd.',
  )
}

/**
 * Starts a clamd that knows one virus, the harmless test file of EICAR, and keeps its files in `folder`. Returns its socket.
 * Throws an Error that says how to install clamd, or why it does not start.
 */
export async function startClamd(folder: string) {
  const command = findClamd()
  const socket = join(folder, 'clamd.sock')
  const config = join(folder, 'clamd.conf')
  const settings = {
    DatabaseDirectory: signatures,
    LocalSocket: socket,
    TemporaryDirectory: folder,
    Foreground: 'yes',
    StreamMaxLength: '50M',
    // The signatures are in a folder of this repository, which another user than root may not read.
    ...(process.getuid?.() === 0 && { User: 'root' }),
  }
  await writeFile(
    config,
    Object.entries(settings)
      .map((setting) => `${setting.join(' ')}\n`)
      .join(''),
  )
  const clamd = spawn(command, ['--config-file', config], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [clamd.stdout, clamd.stderr]) stream.on('data', (chunk) => (output += String(chunk)))
  for (let waited = 0; !existsSync(socket); waited += 100) {
    if (clamd.exitCode !== null || waited > 30_000) throw new Error(`clamd did not start:\n${output}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  console.log(`  clamd has the process id ${clamd.pid}.`)
  return { socket, stop: () => clamd.kill() }
}
