import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { OperationResult } from '../http/operation-result.ts'
import { S3Error } from '../http/error.ts'
import type { Fault, FaultTarget, ActiveFault } from './rules.ts'

/** Applies fault rules to one request. */
export interface FaultInjector {
  /** Applies the faults that match the operation: waits, resets the connection or throws an S3 error. */
  applyToRequest(target: FaultTarget): Promise<void>
  /** Milliseconds to add to the server's clock. */
  readonly clockOffsetMs: number
  /** Applies faults to a chunk of a body. @param declaredBytes bytes of the complete body, if known */
  applyToChunk(direction: 'in' | 'out', bytes: number, declaredBytes: number | undefined): Promise<void>
  /** Applies faults to the response. Returns undefined if none may be sent. */
  applyToResponse(result: OperationResult): OperationResult | undefined
}

const eightDaysMs = 8 * 24 * 3600_000

/** @param matchFaults returns the faults that match a request */
export function createFaultInjector(
  response: ServerResponse,
  matchFaults: (target: FaultTarget) => ActiveFault[],
): FaultInjector {
  const disconnect = new AbortController()
  response.on('close', () => disconnect.abort())
  const passedBytes = { in: 0, out: 0 }
  let activeFaults: ActiveFault[] = []
  const findFault = <Kind extends Fault['fault']>(kind: Kind) =>
    activeFaults
      .map(({ fault }) => fault)
      .find((fault): fault is Extract<Fault, { fault: Kind }> => fault.fault === kind)

  const reset = () => {
    response.req.socket.resetAndDestroy()
    throw new Error('A fault rule reset the connection.')
  }
  const stall = () => sleep(2 ** 31 - 1, undefined, { signal: disconnect.signal })

  return {
    async applyToRequest(target) {
      activeFaults = matchFaults(target)
      for (const { fault } of activeFaults) {
        if (fault.fault === 'delay') await sleep(fault.ms, undefined, { signal: disconnect.signal })
      }
      if (findFault('reset')?.when === 'before') reset()
      const stallFault = findFault('stall')
      if (stallFault && stallFault.afterBytes === undefined) await stall()
      const error = findFault('error')
      if (error) {
        const retryHeaders: Record<string, string> =
          error.retryAfter === undefined ? {} : { 'retry-after': String(error.retryAfter) }
        throw new S3Error(error.status === 500 ? 'InternalError' : 'SlowDown', undefined, {}, retryHeaders)
      }
      if (findFault('error-in-200')) throw new S3Error('InternalError')
    },

    get clockOffsetMs() {
      return findFault('expired') ? eightDaysMs : 0
    },

    async applyToChunk(direction, bytes, declaredBytes) {
      if (activeFaults.length === 0) return
      passedBytes[direction] += bytes
      const resetFault = findFault('reset')
      if (
        resetFault?.when === 'within' &&
        passedBytes[direction] >= (resetFault.afterBytes ?? (declaredBytes ?? 0) / 2)
      )
        reset()
      const stallFault = findFault('stall')
      if (stallFault?.afterBytes !== undefined && passedBytes[direction] > stallFault.afterBytes)
        await stall()
      for (const { fault, ruleState } of activeFaults) {
        if (fault.fault !== 'bandwidth') continue
        ruleState.freeAtMs = Math.max(ruleState.freeAtMs, Date.now()) + (bytes / fault.bytesPerSecond) * 1000
        await sleep(ruleState.freeAtMs - Date.now(), undefined, { signal: disconnect.signal })
      }
    },

    applyToResponse(result) {
      if (activeFaults.length === 0) return result
      if (findFault('reset')?.when === 'after') {
        response.req.socket.resetAndDestroy()
        return undefined
      }
      const { s3Response } = result
      const headers = Object.entries(s3Response.headers ?? {})
        .filter(
          ([name]) =>
            !(
              findFault('no-cors-on-errors') &&
              s3Response.status >= 400 &&
              name.startsWith('access-control-')
            ),
        )
        .map(
          ([name, value]) =>
            [
              name,
              findFault('hidden-etag') && name === 'access-control-expose-headers'
                ? withoutEtag(value)
                : value,
            ] as const,
        )
      const status = findFault('error-in-200') && result.code === 'InternalError' ? 200 : s3Response.status
      return { ...result, s3Response: { ...s3Response, status, headers: Object.fromEntries(headers) } }
    },
  }
}

const withoutEtag = (exposed: string | number | undefined) =>
  String(exposed)
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name.toLowerCase() !== 'etag')
    .join(', ')
