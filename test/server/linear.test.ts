import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

/** Limit for one parser in ms, generous for a busy machine. A backtracking pattern never finishes. */
const timeoutMs = 30_000
/** Highest CPU time ratio for input four times as long: linear 4, quadratic 16. */
const mostGrowth = 10

test(
  'every parser of untrusted input takes CPU time linear in its length',
  { timeout: 600_000 },
  async () => {
    const script = fileURLToPath(new URL('linear-process.ts', import.meta.url))
    const child = fork(script, { execArgv: ['--import', 'tsx'] })
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
    expect([code, measured > 500]).toEqual([0, true])
  },
)
