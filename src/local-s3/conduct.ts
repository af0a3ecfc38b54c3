import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Answered } from './answer.ts'
import { S3Error } from './error.ts'
import type { Fault, FaultSubject, Strike } from './faults.ts'

/** Applies fault rules to one request. */
export interface Conduct {
  /** Applies the faults that match the operation: waits, resets the connection or throws an S3 error. */
  meet(subject: FaultSubject): Promise<void>
  /** Milliseconds to add to the server's clock. */
  readonly ahead: number
  /** Applies faults to a chunk of a body. @param announced bytes of the complete body, if known */
  pass(direction: 'in' | 'out', bytes: number, announced: number | undefined): Promise<void>
  /** Applies faults to the response. Returns undefined if none may be sent. */
  alter(answered: Answered): Answered | undefined
}

const eightDays = 8 * 24 * 3600_000

/** @param strike returns the faults that match a request */
export function createConduct(
  response: ServerResponse,
  strike: (subject: FaultSubject) => Strike[],
): Conduct {
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  const passed = { in: 0, out: 0 }
  let strikes: Strike[] = []
  const find = <Kind extends Fault['fault']>(kind: Kind) =>
    strikes
      .map(({ fault }) => fault)
      .find((fault): fault is Extract<Fault, { fault: Kind }> => fault.fault === kind)

  const reset = () => {
    response.req.socket.resetAndDestroy()
    throw new Error('A fault rule reset the connection.')
  }
  const stall = () => sleep(2 ** 31 - 1, undefined, { signal: gone.signal })

  return {
    async meet(subject) {
      strikes = strike(subject)
      for (const { fault } of strikes) {
        if (fault.fault === 'delay') await sleep(fault.ms, undefined, { signal: gone.signal })
      }
      if (find('reset')?.when === 'before') reset()
      const stalled = find('stall')
      if (stalled && stalled.afterBytes === undefined) await stall()
      const error = find('error')
      if (error) {
        const retry: Record<string, string> =
          error.retryAfter === undefined ? {} : { 'retry-after': String(error.retryAfter) }
        throw new S3Error(error.status === 500 ? 'InternalError' : 'SlowDown', undefined, {}, retry)
      }
      if (find('error-in-200')) throw new S3Error('InternalError')
    },

    get ahead() {
      return find('expired') ? eightDays : 0
    },

    async pass(direction, bytes, announced) {
      if (strikes.length === 0) return
      passed[direction] += bytes
      const broken = find('reset')
      if (broken?.when === 'within' && passed[direction] >= (broken.afterBytes ?? (announced ?? 0) / 2))
        reset()
      const stalled = find('stall')
      if (stalled?.afterBytes !== undefined && passed[direction] > stalled.afterBytes) await stall()
      for (const { fault, added } of strikes) {
        if (fault.fault !== 'bandwidth') continue
        added.free = Math.max(added.free, Date.now()) + (bytes / fault.bytesPerSecond) * 1000
        await sleep(added.free - Date.now(), undefined, { signal: gone.signal })
      }
    },

    alter(answered) {
      if (strikes.length === 0) return answered
      if (find('reset')?.when === 'after') {
        response.req.socket.resetAndDestroy()
        return undefined
      }
      const { answer } = answered
      const headers = Object.entries(answer.headers ?? {})
        .filter(
          ([name]) =>
            !(find('no-cors-on-errors') && answer.status >= 400 && name.startsWith('access-control-')),
        )
        .map(
          ([name, value]) =>
            [
              name,
              find('hidden-etag') && name === 'access-control-expose-headers' ? withoutEtag(value) : value,
            ] as const,
        )
      const status = find('error-in-200') && answered.code === 'InternalError' ? 200 : answer.status
      return { ...answered, answer: { ...answer, status, headers: Object.fromEntries(headers) } }
    },
  }
}

const withoutEtag = (exposed: string | number | undefined) =>
  String(exposed)
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name.toLowerCase() !== 'etag')
    .join(', ')
