const logged = new Set<string>()

/** Reads `process.env.NODE_ENV` as bundlers replace it. Undefined in a page without a bundler. */
function environment(): string | undefined {
  try {
    return process.env.NODE_ENV
  } catch {
    return undefined
  }
}

/** Whether an app is being developed: not built for production, and not under test. */
export const isDevelopment = (): boolean => environment() === 'development'

/** Warns in the console, once per message. Silent in production, and if `process.env.NODE_ENV` is not defined. */
export function warnOnce(message: string): void {
  const name = environment()
  if (name === undefined || name === 'production' || logged.has(message)) return
  logged.add(message)
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

/** Time in milliseconds after which developers read that there is no answer. */
const slowMs = 4000

/** Warns about a call of the backend that does not answer. Call it only while an app is developed. */
export function warnIfSlow(call: string, answer: Promise<unknown>): void {
  const timer = setTimeout(() => {
    const question = 'Does the route send a response in every case?'
    const hint = 'With Express and node:http, the handler is toNodeHandler(uploads).'
    warnDeveloper(`${call} has not answered for ${slowMs / 1000} seconds. ${question} ${hint}`)
  }, slowMs)
  const stop = () => clearTimeout(timer)
  answer.then(stop, stop)
}

/** Signed URLs are secrets: their queries are removed. */
function withoutSignatures(text: string): string {
  return text.replace(/\?[^\s)'"<>]*(?:sig|token|policy|credential|x-amz)[^\s)'"<>]*/gi, '?…')
}
