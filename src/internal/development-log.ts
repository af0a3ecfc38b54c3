const loggedMessages = new Set<string>()

/** Returns `process.env.NODE_ENV`, which bundlers replace by a string. Undefined in a page without a bundler. */
function readEnvironment(): string | undefined {
  try {
    return process.env.NODE_ENV
  } catch {
    return undefined
  }
}

/** Whether an app is being developed. False in a production build and in tests. */
export const isDevelopment = (): boolean => readEnvironment() === 'development'

/** Warns in the console, once per message. Silent in production, and if `process.env.NODE_ENV` is not defined. */
export function warnOnce(message: string): void {
  const environmentName = readEnvironment()
  if (environmentName === undefined || environmentName === 'production' || loggedMessages.has(message)) return
  loggedMessages.add(message)
  console.warn(`putaway: ${message}`)
}

/** Logs a failure while an app is developed. Silent in production and in tests, where failures are often intended. */
export function logFailure(message: string): void {
  if (isDevelopment()) console.error(`putaway: ${withoutSignatures(message)}`)
}

/** Warns once per message while an app is developed. */
export function warnDeveloper(message: string): void {
  if (isDevelopment()) warnOnce(withoutSignatures(message))
}

/** Time in milliseconds after which a missing answer is logged for developers. */
const warnAfterMs = 4000

/** Warns if the backend does not answer a call. Call it only while an app is developed. */
export function warnIfSlow(callName: string, answer: Promise<unknown>): void {
  const timer = setTimeout(() => {
    const question = 'Does the route send a response in every case?'
    const hint = 'With Express and node:http, the handler is toNodeHandler(uploads).'
    warnDeveloper(`${callName} has not answered for ${warnAfterMs / 1000} seconds. ${question} ${hint}`)
  }, warnAfterMs)
  const clearWarning = () => clearTimeout(timer)
  answer.then(clearWarning, clearWarning)
}

/**
 * Removes the queries of signed URLs, which are secrets. Uses two patterns, because a single pattern takes quadratic
 * time.
 */
function withoutSignatures(text: string): string {
  return text.replace(/\?[^\s)'"<>]+/g, (query) =>
    /sig|token|policy|credential|x-amz/i.test(query) ? '?…' : query,
  )
}
