import { mimeTable } from './mime-table.ts'

const typesOfExtension = new Map<string, string[]>()
const extensionsOfType = new Map<string, readonly string[]>()

/** Returns mime-db's types for an extension, the best first. The extension is lower case, without the dot. */
export function typesByExtension(extension: string): readonly string[] {
  readTable()
  return typesOfExtension.get(extension) ?? []
}

/** Returns mime-db's extensions for a type, the usual one first. */
export function extensionsByType(type: string): readonly string[] {
  readTable()
  return extensionsOfType.get(type) ?? []
}

/** Parses the table when it is first needed, so that a serverless function that only presigns starts faster. */
function readTable(): void {
  if (extensionsOfType.size > 0) return
  let prefix = ''
  for (const word of mimeTable.split(/\s/)) {
    const [name = '', extensionList = ''] = word.split(':')
    if (name.includes('/')) prefix = name
    else
      addType(
        prefix + name,
        extensionList.split(',').map((extension) => extension || extensionOfName(name)),
      )
  }
}

/** Returns the extension that the table leaves out: `kml` for the type `google-earth.kml+xml`. */
export function extensionOfName(name: string): string {
  return name.replace(/^.*\.|\+.*$/g, '')
}

function addType(type: string, extensions: readonly string[]): void {
  extensionsOfType.set(type, extensions)
  // This type means arbitrary bytes, so its extensions carry no information.
  if (type === 'application/octet-stream') return
  for (const extension of extensions)
    typesOfExtension.set(extension, [...(typesOfExtension.get(extension) ?? []), type])
}
