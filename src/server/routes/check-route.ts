import { acceptProblem } from '../../protocol/accept/accept.ts'
import { bytesOf } from '../../protocol/byte-size.ts'
import type { Size } from '../../protocol/byte-size.ts'
import { objectHeadersProblem } from './object-headers.ts'
import type { AnyRoute } from './route.ts'
import type { Strategy } from './choose-ticket-kind.ts'

const strategies: readonly Strategy[] = ['auto', 'put', 'post', 'multipart']
const callbackNames = ['authorize', 'key', 'verify', 'onConfirm', 'onDiscard'] as const

/**
 * Throws a TypeError for a wrong value of an option. The message names the route and the option. This check is needed
 * because TypeScript cannot check values of JavaScript code and of environment variables. Without the check, such a
 * value would fail at the first request. Returns the sizes in bytes.
 */
export function checkRoute(
  name: string,
  rules: AnyRoute,
): { readonly minSize: number; readonly maxSize: number } {
  const fail = (problem: string) => {
    throw new TypeError(`Route "${name}": ${problem}`)
  }
  const readSize = (option: 'minSize' | 'maxSize', size: Size) => {
    try {
      return bytesOf(size)
    } catch (thrown) {
      return fail(`${option} is wrong. ${(thrown as Error).message}`) // bytesOf throws a TypeError
    }
  }
  const problem = acceptProblem(rules.accept)
  if (problem !== undefined) fail(problem)
  const minSize = readSize('minSize', rules.minSize ?? 1)
  const maxSize = readSize('maxSize', rules.maxSize)
  if (minSize > maxSize)
    fail(`minSize (${rules.minSize}) is larger than maxSize (${rules.maxSize}): every file would be refused.`)
  const { maxFiles = Infinity, strategy = 'auto' } = rules
  if (!(maxFiles >= 1) || typeof maxFiles !== 'number')
    fail(`maxFiles is ${JSON.stringify(maxFiles)}. Pass a number from 1.`)
  if (!strategies.includes(strategy))
    fail(`strategy is ${JSON.stringify(strategy)}. Pass one of ${strategies.join(', ')}.`)
  const headersProblem = objectHeadersProblem(rules.objectHeaders)
  if (headersProblem !== undefined) fail(headersProblem)
  for (const callback of callbackNames) {
    const isMissing = rules[callback] === undefined && callback !== 'authorize'
    if (!isMissing && typeof rules[callback] !== 'function')
      fail(`${callback} is ${String(rules[callback])}. Pass a function.`)
  }
  return { minSize, maxSize }
}
