import type { Socket } from 'node:net'

/**
 * Runs the requests of one connection in order. Node emits a pipelined request while the previous one is still running,
 * but its response must reflect the effect of the previous one (RFC 9112, 9.3.2).
 */
export function createPipelines() {
  const last = new WeakMap<Socket, Promise<void>>()
  return (socket: Socket, run: () => Promise<void>): Promise<void> => {
    const previous = last.get(socket)
    const done = previous === undefined ? run() : previous.then(run, run)
    last.set(socket, done)
    return done
  }
}
