import { acceptProblem } from '../protocol/accept/accept.ts'
import type { Accept } from '../protocol/accept/accept.ts'
import { bytesOf } from '../protocol/byte-size.ts'
import type { Size } from '../protocol/byte-size.ts'

/** Returns a sentence that says why a value is invalid. Undefined for a valid value. */
type Check = (value: unknown) => string | undefined

/** Formats any value as text for an error message. */
function formatValue(value: unknown): string {
  if (typeof value === 'function') return 'a function'
  return typeof value === 'object' ? (JSON.stringify(value) ?? 'an object') : quote(value)
}

const quote = (value: unknown) => (typeof value === 'string' ? JSON.stringify(value) : String(value))

const createCheck =
  (isValid: (value: unknown) => boolean, advice: string): Check =>
  (value) =>
    isValid(value) ? undefined : `It is ${formatValue(value)}. ${advice}`

const isFunction = (value: unknown) => typeof value === 'function'
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isWholeNumberFrom = (minimum: number) => (value: unknown) =>
  typeof value === 'number' && value >= minimum && (Number.isInteger(value) || value === Infinity)

const checkText = createCheck((value) => typeof value === 'string', 'Pass a string.')
const checkFunction = createCheck(isFunction, 'Pass a function.')

const checkSize: Check = (value) => {
  try {
    bytesOf(value as Size) // throws for a value that is not a size
    return undefined
  } catch (thrown) {
    return (thrown as Error).message // bytesOf throws a TypeError
  }
}

const checkAccept: Check = (value) => {
  const isStringOrList =
    typeof value === 'string' || (Array.isArray(value) && value.every((pattern) => !checkText(pattern)))
  return isStringOrList
    ? acceptProblem(value as Accept)
    : `It is ${formatValue(value)}. Pass a string such as "image/*".`
}

const checkRetry: Check = (value) => {
  if (!isObject(value)) return `It is ${formatValue(value)}. Pass an object: { retries: 3 }.`
  for (const [name, option] of Object.entries(value)) {
    if (isObject(option)) {
      const problem = checkRetry(option)
      if (problem !== undefined) return problem
    } else if (option !== undefined && !(typeof option === 'number' && option >= 0))
      return `${name} is ${formatValue(option)}. Pass a number from 0.`
  }
  return undefined
}

const checkEndpoints: Check = createCheck(
  (value) => (typeof value === 'string' ? value !== '' : isObject(value) && isFunction(value.presign)),
  'Pass the URL of your backend, or an object with the function presign.',
)

const checksByOption: Readonly<Record<string, Check>> = {
  accept: checkAccept,
  maxSize: checkSize,
  minSize: checkSize,
  maxTotalSize: checkSize,
  maxFiles: createCheck(isWholeNumberFrom(0), 'Pass a whole number from 0.'),
  concurrency: createCheck(isWholeNumberFrom(0), 'Pass a whole number from 0.'),
  connections: createCheck(isWholeNumberFrom(1), 'Pass a whole number from 1.'),
  route: checkText,
  id: checkText,
  meta: createCheck((value) => isObject(value) || isFunction(value), 'Pass an object or a function.'),
  retry: checkRetry,
  endpoints: checkEndpoints,
  invalidateQueries: createCheck(Array.isArray, 'Pass a list of query keys.'),
  validate: checkFunction,
  prepare: checkFunction,
  onEvent: checkFunction,
  onDone: checkFunction,
  onRemove: checkFunction,
  onError: checkFunction,
}

/**
 * Throws a TypeError for an option of a wrong type or value, because TypeScript does not check JavaScript code, values
 * after `as` and environment variables. Call it only while an app is developed: a production build drops the call and
 * this module.
 */
export function checkOptions(options: object): void {
  if (!isObject(options)) {
    const advice = typeof options === 'string' ? `{ route: ${quote(options)} }` : '{ maxFiles: 5 }'
    throw new TypeError(`The options of an upload are ${formatValue(options)}. Pass an object: ${advice}.`)
  }
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || (value === null && name !== 'accept')) continue
    const problem = Object.hasOwn(checksByOption, name) ? checksByOption[name]?.(value) : undefined
    if (problem !== undefined) throw new TypeError(`The upload option ${name} is wrong. ${problem}`)
  }
  const { minSize, maxSize } = options
  if (minSize !== undefined && maxSize !== undefined && bytesOf(minSize as Size) > bytesOf(maxSize as Size)) {
    const message = `The upload option minSize (${formatValue(minSize)}) is larger than maxSize (${formatValue(maxSize)}): every file would be refused.`
    throw new TypeError(message)
  }
}

/** Throws a TypeError for wrong props of the provider. See `checkOptions`. */
export function checkProvider(endpoints: unknown, connections: unknown, defaults: object): void {
  const problem = checkEndpoints(endpoints)
  if (problem !== undefined) {
    const hint = endpoints ? '' : ' Is the environment variable set where the page is built?'
    throw new TypeError(`UploadProvider needs \`endpoints\`. ${problem}${hint}`)
  }
  checkOptions({ connections, ...defaults })
}
