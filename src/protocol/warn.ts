const warned = new Set<string>()

/** Tells developers once for each message. Silent in production, and where no bundler says which of the two it is. */
export function warnOnce(message: string): void {
  try {
    if (process.env.NODE_ENV === 'production' || warned.has(message)) return
  } catch {
    // There is no `process`.
    return
  }
  warned.add(message)
  console.warn(`putaway: ${message}`)
}
