import database from 'mime-db'

/** Order of mime-db's sources: registered types first. Within a source, types without `x-` or `vnd.` come first. */
const sourceOrder = ['iana', 'apache', 'nginx', undefined]

/** Returns mime-db's types that have extensions, the best first, with their extensions. */
export function rankedTypes(): [type: string, extensions: readonly string[]][] {
  return Object.entries(database)
    .map(([type, { extensions = [] }]): [string, readonly string[]] => [type, extensions])
    .filter(([, extensions]) => extensions.length > 0)
    .toSorted(([one], [other]) => rankOf(one) - rankOf(other))
}

/** Returns mime-db's types for an extension, the best first. */
export function registeredTypesOf(extension: string): string[] {
  return rankedTypes().flatMap(([type, extensions]) =>
    // Arbitrary bytes, so its extensions carry no information.
    extensions.includes(extension) && type !== 'application/octet-stream' ? [type] : [],
  )
}

function rankOf(type: string): number {
  return sourceOrder.indexOf(database[type]?.source) * 2 + (/\/(x-|vnd\.)/.test(type) ? 1 : 0)
}
