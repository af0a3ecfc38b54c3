import type { Socket } from 'node:net'

/**
 * Runs the requests of one connection one after the other: Node hands out a pipelined request while the one before
 * it is still being answered, and its answer must know what that one did (RFC 9112, 9.3.2).
 */
export function createPipelines() {
  const last = new WeakMap<Socket, Promise<void>>()
  return (socket: Socket, run: () => Promise<void>): Promise<void> => {
    const before = last.get(socket)
    const done = before === undefined ? run() : before.then(run, run)
    last.set(socket, done)
    return done
  }
}
