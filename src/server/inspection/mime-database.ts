import database from 'mime-db'

/** Order of mime-db's sources: registered types first. Within a source, types without `x-` or `vnd.` come first. */
const sourceOrder = ['iana', 'apache', 'nginx', undefined]

const byExtension = new Map<string, string[]>()

/** Returns mime-db's types for an extension, the best first. The extension is lower case, without the dot. */
export function typesByExtension(extension: string): readonly string[] {
  if (byExtension.size === 0) fillIndex()
  return byExtension.get(extension) ?? []
}

/** Returns mime-db's extensions for a type, the usual one first. */
export function extensionsByType(type: string): readonly string[] {
  return Object.hasOwn(database, type) ? (database[type]?.extensions ?? []) : []
}

function fillIndex(): void {
  for (const [type, { extensions = [] }] of Object.entries(database)) {
    // Arbitrary bytes, so its extensions carry no information.
    if (type === 'application/octet-stream') continue
    for (const extension of extensions) {
      byExtension.set(extension, [...(byExtension.get(extension) ?? []), type])
    }
  }
  for (const types of byExtension.values()) types.sort((one, other) => rankOf(one) - rankOf(other))
}

function rankOf(type: string): number {
  return sourceOrder.indexOf(database[type]?.source) * 2 + (/\/(x-|vnd\.)/.test(type) ? 1 : 0)
}
