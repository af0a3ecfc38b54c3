import { once } from 'node:events'
import { connect } from 'node:net'

/** The socket of clamd: a path, or `host:port`. */
const { CLAMD_SOCKET = '/var/run/clamav/clamd.ctl' } = process.env

function open() {
  const [, host, port] = /^([^/]+):(\d+)$/.exec(CLAMD_SOCKET) ?? []
  const socket = port === undefined ? connect(CLAMD_SOCKET) : connect(Number(port), host)
  return socket.setTimeout(60_000, () => socket.destroy(new Error('clamd did not answer within a minute.')))
}

/**
 * Scans bytes by the command INSTREAM of clamd, without a copy in memory: `man 8 clamd`. Returns the name of a virus, or
 * undefined. Throws if clamd could not scan all bytes, for example because the file is larger than its StreamMaxLength.
 */
export async function findVirus(bytes: AsyncIterable<Uint8Array>): Promise<string | undefined> {
  const socket = open()
  const answer = readAnswer(socket)
  answer.catch(() => {}) // awaited below
  const write = async (chunk: Uint8Array | string) => {
    if (!socket.write(chunk)) await Promise.race([once(socket, 'drain'), answer])
  }
  try {
    await write('zINSTREAM\0')
    for await (const chunk of bytes) {
      const length = Buffer.alloc(4)
      length.writeUInt32BE(chunk.length)
      if (chunk.length > 0) {
        await write(length)
        await write(chunk)
      }
    }
    await write(Buffer.alloc(4)) // a length of 0 ends the stream
    const text = await answer
    const [, virus] = /^stream: (.+) FOUND$/.exec(text) ?? []
    if (virus === undefined && text !== 'stream: OK') throw new Error(`clamd answered "${text}".`)
    return virus
  } finally {
    socket.destroy()
  }
}

async function readAnswer(socket: AsyncIterable<Buffer>): Promise<string> {
  let text = ''
  for await (const chunk of socket) {
    text += chunk.toString()
    if (text.includes('\0')) break
  }
  return text.replace('\0', '').trim()
}
