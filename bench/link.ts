import { createServer, connect } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { serveParent } from './process.ts'

/**
 * A slow line in userspace, in a separate process: all TCP connections share one queue per direction. The queue limits
 * the bytes per second and delivers them half a round trip later.
 *
 * - Handshake: the first bytes of a connection wait for one round trip, as for SYN and SYN-ACK. TLS and HTTP pay their
 *   own round trips.
 * - Congestion windows are Linux's (tcp_cubic.c, RFC 9438): a new connection has 10 segments in flight, and each
 *   acknowledged byte adds one byte until a queue builds up (HyStart); then the window grows 5 % per round trip until a
 *   loss. A loss shrinks it to 0.7, and from there it grows by CUBIC. After a pause it shrinks too.
 * - The queue holds the bytes of one round trip. Bytes that arrive at a full queue are lost, and sent again when the sender
 *   notices; until then they count as in flight, and later bytes of the connection wait at the receiver.
 */
export interface Line {
  /** Milliseconds. */
  rtt: number
  /** Bits a second, each way. */
  rate: number
}

export interface Opening {
  /** Port of 127.0.0.1 that connections are forwarded to. */
  target: number
  /** Without slow start every connection may fill the line immediately, as the floor assumes. */
  slowStart: boolean
}

const segment = 1460
const firstWindow = 10 * segment
/** CUBIC's factor after a loss, and its growth in segments: RFC 9438, 4.1. */
const [beta, cubic] = [0.7, 0.4]
/** Bytes per round trip whose delay HyStart samples: Linux uses eight acknowledgements of two segments each. */
const sample = 16 * segment
/** Maximum buffered bytes per connection, so that the sender notices the line as early as loopback allows. */
const backlog = 128 * 1024

interface Packet {
  bytes: Buffer
  /** Whether even a full queue accepts the packet. */
  isSafe: boolean
  /** Called with the milliseconds that the packet waited in the queue. */
  arrived: (waited: number) => void
  lost: () => void
}

/** One direction of the line. Packets leave in the order of arrival, so one timer is enough. */
class Direction {
  line: Line = { rtt: 0, rate: 1e9 }
  #free = 0
  #air: { at: number; waited: number; packet: Packet }[] = []
  #head = 0
  #isRunning = false

  send(packet: Packet) {
    const now = performance.now()
    const waited = Math.max(0, this.#free - now)
    if (waited > this.line.rtt && !packet.isSafe) {
      // Later packets tell the sender.
      setTimeout(() => {
        packet.lost()
        this.send(packet)
      }, waited + this.line.rtt)
      return
    }
    this.#free = now + waited + (packet.bytes.length * 8000) / this.line.rate
    this.#air.push({ at: this.#free + this.line.rtt / 2, waited, packet })
    if (!this.#isRunning) setTimeout(this.#run, this.#delay(now))
    this.#isRunning = true
  }

  #delay(now: number) {
    return Math.max(0, (this.#air[this.#head]?.at ?? 0) - now)
  }

  #run = () => {
    const now = performance.now()
    for (let next = this.#air[this.#head]; next && next.at <= now + 0.3; next = this.#air[this.#head]) {
      this.#head += 1
      next.packet.arrived(next.waited)
    }
    if (this.#head > 4096 || this.#head === this.#air.length) {
      this.#air = this.#air.slice(this.#head)
      this.#head = 0
    }
    this.#isRunning = this.#air.length > 0
    if (this.#isRunning) setTimeout(this.#run, this.#delay(performance.now()))
  }
}

/** One direction of a connection. */
function lane(direction: Direction, from: Socket, to: Socket, slowStart: boolean) {
  let waiting: Buffer[] = []
  let size = 0
  let [window, inFlight, threshold] = [slowStart ? firstWindow : Infinity, 0, Infinity]
  let [roundLeft, judged, leastWait, leastEver] = [0, 0, Infinity, Infinity]
  // Largest window at a loss, the time of the loss, and the bytes in flight then.
  let [refused, refusedAt, recovering] = [0, 0, 0]
  let [open, ended, last] = [false, false, performance.now()]
  // Packets that arrived after a lost one, by number.
  const early = new Map<number, Buffer>()
  let [numbers, next] = [0, 0]
  const rtt = () => direction.line.rtt

  function take() {
    const first = waiting[0]
    // Bytes of two milliseconds, but at least one segment.
    const quantum = Math.max(segment, Math.min(16 * 1024, Math.floor(direction.line.rate / 8 / 500)))
    if (!first) return Buffer.alloc(0)
    const bytes = first.length > quantum ? first.subarray(0, quantum) : first
    if (bytes === first) waiting.shift()
    else waiting[0] = first.subarray(quantum)
    size -= bytes.length
    return bytes
  }

  function pump() {
    if (!open) return
    const now = performance.now()
    if (inFlight === 0 && slowStart) {
      const timeout = rtt() + 200
      for (let idle = now - last - timeout; idle > 0 && window > firstWindow; idle -= timeout) window /= 2
      window = Math.max(window, firstWindow)
    }
    while (waiting.length > 0 && inFlight < window) {
      send(take())
      last = now
    }
    if (from.isPaused() && size < backlog / 2) from.resume()
    if (ended && waiting.length === 0) {
      ended = false
      send(Buffer.alloc(0))
    }
  }

  function send(bytes: Buffer) {
    const number = numbers++
    inFlight += bytes.length
    direction.send({
      bytes,
      isSafe: !slowStart,
      lost,
      arrived(waited) {
        // The receiver acknowledges accepted bytes, which takes half a round trip back.
        const acknowledge = () => setTimeout(acknowledged, rtt() / 2, bytes.length, waited)
        if (number > next) {
          early.set(number, bytes)
          return acknowledge()
        }
        deliver(bytes, acknowledge)
        for (let held = early.get(next); held; held = early.get(next)) {
          early.delete(next)
          deliver(held)
        }
      },
    })
  }

  /** An empty buffer ends the stream. */
  function deliver(bytes: Buffer, then?: () => void) {
    next += 1
    if (to.destroyed) return
    if (bytes.length === 0) to.end()
    else to.write(bytes, then)
  }

  function lost() {
    if (recovering > 0) return
    ;[refused, refusedAt, recovering] = [window, performance.now(), inFlight]
    window = threshold = Math.max(2 * segment, window * beta)
  }

  function growth(bytes: number) {
    if (window < threshold) return bytes
    if (refused === 0) return bytes / 20
    const seconds = (performance.now() - refusedAt + rtt()) / 1000
    const wayBack = Math.cbrt((refused * (1 - beta)) / segment / cubic)
    const aim = refused + segment * cubic * (seconds - wayBack) ** 3
    const least = (3 * (1 - beta) * segment) / (1 + beta)
    return Math.min(bytes / 2, (Math.max(least, aim - window) * bytes) / window)
  }

  function acknowledged(bytes: number, waited: number) {
    const isFull = waiting.length > 0
    inFlight -= bytes
    recovering -= bytes
    roundLeft -= bytes
    if (roundLeft < 0) [roundLeft, judged, leastWait] = [inFlight, 0, Infinity]
    // Relative to the shortest delay of this connection: one that starts with a queue cannot tell it from the path.
    leastEver = Math.min(leastEver, waited)
    leastWait = Math.min(leastWait, waited)
    const tooLong = leastEver + Math.min(16, Math.max(4, (rtt() + leastEver) / 8))
    if (judged < sample && (judged += bytes) >= sample && leastWait > tooLong)
      threshold = Math.min(threshold, window)
    if (isFull) window += growth(bytes)
    pump()
  }

  from.on('data', (bytes: Buffer) => {
    waiting.push(bytes)
    size += bytes.length
    if (size > backlog) from.pause()
    pump()
  })
  from.on('end', () => {
    ended = true
    pump()
  })
  return () => {
    open = true
    pump()
  }
}

const up = new Direction()
const down = new Direction()

function accept(client: Socket, { target, slowStart }: Opening) {
  const server = connect({ port: target, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
  client.setNoDelay(true)
  const starts = [lane(up, client, server, slowStart), lane(down, server, client, slowStart)]
  setTimeout(() => starts.forEach((start) => start()), up.line.rtt)
  for (const [one, other] of [
    [client, server],
    [server, client],
  ] as const) {
    one.on('error', () => setTimeout(() => void other.resetAndDestroy(), up.line.rtt / 2))
    one.on('close', (failed) => {
      if (!failed) setTimeout(() => other.destroySoon(), up.line.rtt / 2 + 1000).unref()
    })
  }
}

const servers: Server[] = []

serveParent({
  /** Opens a port for each target. */
  async open(openings: Opening[]) {
    return Promise.all(
      openings.map(async (opening) => {
        const server = createServer({ allowHalfOpen: true }, (client) => accept(client, opening))
        servers.push(server)
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
        return (server.address() as AddressInfo).port
      }),
    )
  },
  async shape(line: Line) {
    up.line = line
    down.line = line
  },
})
