import { once } from '../protocol/once.ts'
import type { SniffedType } from './content.ts'

/** What is used of the package file-type. */
export interface Sniffer {
  fileTypeFromBuffer(bytes: Uint8Array): Promise<SniffedType | undefined>
  readonly supportedMimeTypes: ReadonlySet<string>
}

/** How much of an object its type is told by. A tag of a picture in front of music may be longer; that is known as well. */
export const headSize = 64 * 1024

const loadFileType = once(async () => {
  // Bundlers take an import() inside `try` for optional: they bundle the package where it is installed, and leave the
  // import to fail at run time where it is not (esbuild, webpack; Turbopack reads the comment).
  try {
    return await import(/* turbopackOptional: true */ 'file-type')
    // oxlint-disable-next-line no-useless-catch -- the `try` is for the bundlers
  } catch (thrown) {
    throw thrown
  }
})

/** The package that knows types by bytes. Throws an Error that says how to get it, or how to do without. */
export async function loadSniffer(load: () => Promise<Sniffer> = loadFileType): Promise<Sniffer> {
  try {
    return await load()
  } catch (cause) {
    const message =
      'Confirm looks at the bytes of what was uploaded, and that needs the package file-type: npm install file-type. ' +
      'A route that trusts the type which the browser announces says sniff: false.'
    throw new Error(message, { cause })
  }
}

/** Truncated and broken files are no reason to fail: their type is not known. */
export async function sniff(sniffer: Sniffer, head: Uint8Array): Promise<SniffedType | undefined> {
  try {
    return await sniffer.fileTypeFromBuffer(head)
  } catch {
    return undefined
  }
}
