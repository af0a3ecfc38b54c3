import { fork } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { bundleForNode } from '../harness/bundle-for-node.ts'
import { hostileFiles } from './corpus.ts'

const script = await bundleForNode(new URL('corpus-process.ts', import.meta.url))
/** Limit for one file in ms, generous for a busy machine. A file that hangs a parser never finishes. */
const timeoutMs = 30_000

test('inspecting any hostile or truncated file terminates', { timeout: 600_000 }, async () => {
  const child = fork(script)
  // Not 'exit', which may come before the last messages.
  const ended = once(child, 'disconnect')
  let last = 'the start'
  let count = 0
  let stuck: string | undefined
  const expire = () => {
    stuck = last
    child.kill('SIGKILL')
  }
  let timer = setTimeout(expire, timeoutMs)
  child.on('message', (name) => {
    clearTimeout(timer)
    timer = setTimeout(expire, timeoutMs)
    last = String(name)
    count += 1
  })
  await ended
  clearTimeout(timer)
  expect(stuck).toBeUndefined()
  expect(count).toBe([...hostileFiles({ large: true })].length)
})
