const warned = new Set<string>()

/** Warns in the console, once per message. Silent in production, and if `process.env.NODE_ENV` is not defined. */
export function warnOnce(message: string): void {
  try {
    if (process.env.NODE_ENV === 'production' || warned.has(message)) return
  } catch {
    // `process` is not defined.
    return
  }
  warned.add(message)
  console.warn(`putaway: ${message}`)
}
