import database from 'mime-db'

/** Registered types before common ones; of two of the same source the one without a prefix of a vendor or an experiment. */
const sources = ['iana', 'apache', 'nginx', undefined]

const byExtension = new Map<string, string[]>()

/** What mime-db says an extension is the name of, the best first. Lower case, without the dot. */
export function typesByExtension(extension: string): readonly string[] {
  if (byExtension.size === 0) fill()
  return byExtension.get(extension) ?? []
}

/** The extensions that mime-db has for a type, the usual one first. */
export function extensionsByType(type: string): readonly string[] {
  return Object.hasOwn(database, type) ? (database[type]?.extensions ?? []) : []
}

function fill(): void {
  for (const [type, { extensions = [] }] of Object.entries(database)) {
    // It says nothing of a file.
    if (type === 'application/octet-stream') continue
    for (const extension of extensions) {
      byExtension.set(extension, [...(byExtension.get(extension) ?? []), type])
    }
  }
  for (const types of byExtension.values()) types.sort((one, other) => rank(one) - rank(other))
}

function rank(type: string): number {
  return sources.indexOf(database[type]?.source) * 2 + (/\/(x-|vnd\.)/.test(type) ? 1 : 0)
}
