import { connect } from 'node:net'
import { serveParent } from './process.ts'

/** Measures the line without HTTP, on the side of the browser. */
interface Transfer {
  address: string
  port: number
  bytes: number
  connections: number
}

serveParent({
  /** Three round trips and the bytes, over connections that are open already. */
  async transfer({ address, port, bytes, connections }: Transfer) {
    const sockets = Array.from({ length: connections }, () => connect({ port, host: address, noDelay: true }))
    const answered = (index: number) =>
      new Promise<void>((resolve, reject) => {
        sockets[index]?.once('data', () => resolve())
        sockets[index]?.once('error', reject)
      })
    const send = async (index: number, body: Buffer) => {
      const head = Buffer.alloc(4)
      head.writeUInt32BE(body.length)
      const answer = answered(index)
      sockets[index]?.write(head)
      sockets[index]?.write(body)
      await answer
    }
    const ping = Buffer.alloc(100)
    const each = Buffer.alloc(Math.ceil(bytes / connections), 'putaway ')
    await Promise.all(sockets.map((_, index) => send(index, ping)))
    const started = performance.now()
    await send(0, ping)
    const rtt = performance.now() - started
    await Promise.all(sockets.map((_, index) => send(index, each)))
    await send(0, ping)
    const ms = performance.now() - started
    for (const socket of sockets) socket.destroy()
    return { ms, rtt }
  },
})
