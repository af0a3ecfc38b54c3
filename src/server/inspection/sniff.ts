import { lazyModule } from '../../internal/lazy-module.ts'

/** A type that file-type detected. */
export interface SniffedType {
  readonly mime: string
  readonly ext: string
}

/** The exports of the package file-type that are used, or the sniffer of built-in-sniffer.ts. */
export interface Sniffer {
  fileTypeFromBuffer(bytes: Uint8Array): Promise<SniffedType | undefined>
  /** If undefined, a file whose type is not detected is refused. */
  readonly supportedMimeTypes?: ReadonlySet<string>
}

/** Number of bytes that are read to detect a type. An ID3 tag with a cover image may be longer than that. */
export const headSize = 64 * 1024

const loadFileType = lazyModule(async () => {
  // Inside `try`, esbuild and webpack treat an import() as optional. Turbopack needs the comment `turbopackOptional`
  // for this. All three bundlers bundle the package if it is installed. If it is not installed, the import fails at run
  // time and not in the build.
  try {
    return await import(/* turbopackOptional: true */ 'file-type')
    // oxlint-disable-next-line no-useless-catch -- the `try` is for the bundlers
  } catch (thrown) {
    throw thrown
  }
})

/** Loads the package file-type. Throws an Error with the install command and the option that avoids the package. */
export async function loadSniffer(load: () => Promise<Sniffer> = loadFileType): Promise<Sniffer> {
  try {
    return await load()
  } catch (cause) {
    const message =
      'Confirm detects types from bytes, which needs the package file-type for all but routes of pictures and PDF: ' +
      'npm install file-type. ' +
      'Or set detectType: false on a route to trust the type that the browser announces.'
    throw new Error(message, { cause })
  }
}

/** Detects the type of bytes. Undefined for unknown types, and for truncated and broken files. */
export async function sniff(sniffer: Sniffer, head: Uint8Array): Promise<SniffedType | undefined> {
  try {
    return await sniffer.fileTypeFromBuffer(head)
  } catch {
    return undefined
  }
}
