import { fork } from 'node:child_process'
import { once } from 'node:events'
import { expect } from 'vitest'

/** Limit for one measurement in ms, generous for a busy machine. A backtracking pattern never finishes. */
const timeoutMs = 30_000
/** Highest CPU time ratio for input four times as long: linear 4, quadratic 16. */
const mostGrowth = 10

/**
 * Flags of Node that keep garbage collection out of the measurements: with a small heap, long inputs were moved within
 * it, which short ones are not, and a reader took 12 times as long for four times the input. Threads beside the reader
 * take more CPU time while other processes run.
 */
const steadyMemory = ['--single-threaded-gc', '--min-semi-space-size=64', '--max-semi-space-size=64']

/**
 * Runs a bundled script that measures readers with `growth.ts`, in a process of its own, because a reader that never ends
 * must be killed. Expects that no reader takes more than linear time, and at least `count` measurements.
 */
export async function expectLinear(script: string, count: number): Promise<void> {
  const child = fork(script, { execArgv: steadyMemory })
  // 'exit' may come before the last messages.
  const ended = Promise.all([once(child, 'exit'), once(child, 'disconnect')])
  const slow: string[] = []
  let measured = 0
  let last = 'the start'
  const expire = () => {
    slow.push(`${last} does not come to an end`)
    child.kill('SIGKILL')
  }
  let timer = setTimeout(expire, timeoutMs)
  child.on('message', ({ name, growth }: { name: string; growth?: number }) => {
    clearTimeout(timer)
    timer = setTimeout(expire, timeoutMs)
    last = name
    if (growth === undefined) return
    measured += 1
    if (growth > mostGrowth) slow.push(`${name}: ${growth} times`)
  })
  const [[code]] = await ended
  clearTimeout(timer)
  expect(slow).toEqual([])
  expect(code, `exit after ${measured} measurements, the last of ${last}`).toBe(0)
  expect(measured, `measurements, the last of ${last}`).toBeGreaterThanOrEqual(count)
}
