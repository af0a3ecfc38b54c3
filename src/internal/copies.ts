import { warnDeveloper } from './development-log.ts'

const thisCopy = {}

/**
 * Returns the files of the copies of this package on the page, by copy. The registry is stored on the page, because
 * each copy has its own modules.
 */
function copyRegistry(): Map<object, string> {
  const page = globalThis as { [key: symbol]: Map<object, string> | undefined }
  return (page[Symbol.for('putaway.copies')] ??= new Map())
}

/** Registers this copy, and warns if the page has another one. Call it only while an app is developed. */
export function registerCopy(): void {
  if (typeof document === 'undefined' || copyRegistry().has(thisCopy)) return
  const [file = 'unknown file'] = /(?:[\w-]+:\/)?\/[^\s)?]+/.exec(new Error('Where am I?').stack ?? '') ?? []
  copyRegistry().set(thisCopy, file)
  if (copyRegistry().size > 1) warnDeveloper(copiesProblem().trim())
}

/**
 * Returns a sentence if the page has other copies of this package, else an empty text. Each copy has its own React
 * contexts.
 */
export function copiesProblem(): string {
  const otherCopies = [...copyRegistry()].filter(([copy]) => copy !== thisCopy)
  if (otherCopies.length === 0) return ''
  const files = [...copyRegistry().values()].join(', ')
  return ` Several copies of putaway are on this page, and hooks of one do not find a provider of another (${files}). See "npm ls putaway", and let the bundler use one: resolve.dedupe: ['putaway'] in Vite.`
}
