import { once } from 'node:events'
import { connect } from 'node:net'

/**
 * Sends bytes to a node:http server and reads the response until the server closes the connection or sends nothing for
 * `quiet` ms.
 */
export async function sendRaw(
  port: number,
  bytes: string | Uint8Array,
  { halfClose = false, quiet }: { halfClose?: boolean; quiet?: number } = {},
): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  socket.on('data', (chunk) => (text += chunk.toString('latin1')))
  // A server that closes early resets the connection while bytes are being sent.
  socket.on('error', () => {})
  if (quiet !== undefined) socket.setTimeout(quiet, () => socket.destroy())
  const closed = once(socket, 'close')
  await once(socket, 'connect')
  if (halfClose) socket.end(bytes)
  else socket.write(bytes)
  await closed
  return text
}

/** The statuses of all responses in a text. */
export function statusesOf(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))
}
