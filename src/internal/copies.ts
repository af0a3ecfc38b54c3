import { warnDeveloper } from './development-log.ts'

/** Identifies this copy of the package in the registry. */
const thisCopy = {}

/**
 * Returns the registry of all copies of this package on the page, with the URL of the script of each copy. It is a
 * property of `globalThis`, because each copy has its own modules.
 */
function copyRegistry(): Map<object, string> {
  const globalObject = globalThis as { [key: symbol]: Map<object, string> | undefined }
  return (globalObject[Symbol.for('putaway.copies')] ??= new Map())
}

/**
 * Registers this copy of the package, and warns if the page has another copy. Call it only while an app is developed.
 */
export function registerCopy(): void {
  if (typeof document === 'undefined' || copyRegistry().has(thisCopy)) return
  const [file = 'unknown file'] = /(?:[\w-]+:\/)?\/[^\s)?]+/.exec(new Error('Where am I?').stack ?? '') ?? []
  copyRegistry().set(thisCopy, file)
  if (copyRegistry().size > 1) warnDeveloper(copiesProblem().trim())
}

/**
 * Returns a sentence if the page has other copies of this package, else an empty text. Each copy has its own React
 * contexts, so its hooks do not find a provider of another copy.
 */
export function copiesProblem(): string {
  const otherCopies = [...copyRegistry()].filter(([copy]) => copy !== thisCopy)
  if (otherCopies.length === 0) return ''
  const files = [...copyRegistry().values()].join(', ')
  return ` Several copies of putaway are on this page, and hooks of one do not find a provider of another (${files}). See "npm ls putaway", and let the bundler use one: resolve.dedupe: ['putaway'] in Vite.`
}
