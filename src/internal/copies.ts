import { warnDeveloper } from './development-log.ts'

/** This copy of the package. */
const self = {}

/** Returns the file of each copy on the page. The registry belongs to the page, because modules belong to a copy. */
function registry(): Map<object, string> {
  const page = globalThis as { [key: symbol]: Map<object, string> | undefined }
  return (page[Symbol.for('putaway.copies')] ??= new Map())
}

/** Registers this copy, and warns if the page has another one. Call it only while an app is developed. */
export function registerCopy(): void {
  if (typeof document === 'undefined' || registry().has(self)) return
  const [file = 'unknown file'] = /(?:[\w-]+:\/)?\/[^\s)?]+/.exec(new Error('Where am I?').stack ?? '') ?? []
  registry().set(self, file)
  if (registry().size > 1) warnDeveloper(copiesProblem().trim())
}

/** Returns a sentence if the page has other copies of this package: contexts of React belong to one copy. */
export function copiesProblem(): string {
  const others = [...registry()].filter(([copy]) => copy !== self)
  if (others.length === 0) return ''
  const files = [...registry().values()].join(', ')
  return ` Several copies of putaway are on this page, and hooks of one do not find a provider of another (${files}). See "npm ls putaway", and let the bundler use one: resolve.dedupe: ['putaway'] in Vite.`
}
