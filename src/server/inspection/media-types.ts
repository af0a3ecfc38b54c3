import { baseType } from '../../protocol/accept/accept.ts'
import { createFormats, parseFormats } from '../../protocol/accept/formats.ts'
import type { Format, Formats } from '../../protocol/accept/formats.ts'
import { knownTypes } from '../../protocol/accept/known-types.ts'
import { extensionsByType, typesByExtension } from './mime-database.ts'
import { serverKnownTypes } from './server-known-types.ts'

/**
 * Formats from three tables: the table that the browser client has too, the server's own table, and mime-db for all
 * other types.
 */
export const mediaTypes: Formats = createMediaTypes()

function createMediaTypes(): Formats {
  const namedFormats = createFormats([...parseFormats(serverKnownTypes), ...parseFormats(knownTypes)], false)
  return {
    isIncomplete: false,
    byExtension(extension) {
      const formats = namedFormats.byExtension(extension)
      const types = formats.length > 0 ? [] : typesByExtension(extension)
      return types.length > 0 ? [{ types, looseTypes: [], extensions: [extension] }] : formats
    },
    byType(type, loose) {
      const formats = namedFormats.byType(type, loose)
      const extensions = formats.length > 0 ? [] : extensionsByType(type)
      return extensions.length > 0 ? [{ types: [type], looseTypes: [], extensions }] : formats
    },
  }
}

/** Returns the canonical name of a MIME type: `image/jpeg` for `image/jpg`. Objects are stored with that name. */
export function canonicalName(type: string): string {
  const base = baseType(type)
  return mediaTypes.byType(base)[0]?.types[0] ?? base
}

/** Whether both names mean the same type. */
export function sameType(firstName: string, secondName: string): boolean {
  return (
    firstName === secondName || mediaTypes.byType(firstName).some(({ types }) => types.includes(secondName))
  )
}

/** Returns all names of a type. */
export function namesOf(type: string): readonly string[] {
  return [type, ...mediaTypes.byType(type).flatMap(({ types }) => types)]
}

/** Returns the formats with an extension. */
export function formatsByExtension(extension: string): readonly Format[] {
  return mediaTypes.byExtension(extension)
}

/** Whether files of a type are text, so that their bytes show no other type than text. */
export function isTextual(type: string): boolean {
  return /^text\/|^application\/(.*\+)?(json|xml)$|^application\/((x-)?(java|ecma)script|x-ndjson|sql|yaml|toml|x-subrip|x-httpd-php)$|^model\/(obj|mtl|step)$|^image\/svg|\+(json|xml)$/.test(
    type,
  )
}

/** Whether files of a type are XML documents. */
export function isXml(type: string): boolean {
  return /^image\/svg|[/+]xml$/.test(type)
}

/** JavaScript types (https://mimesniff.spec.whatwg.org/#javascript-mime-type) and VBScript of Internet Explorer. */
const scriptTypes =
  /^(text|application)\/(x-)?((java|ecma)script|module)$|^text\/(javascript1\.[0-5]|jscript|livescript|vbscript)$/
/** Pages, images with scripts, multipart documents, and files that old plug-ins run. */
const pageTypes =
  /^(text\/(html|xml|xsl|x-server-parsed-html|x-component|scriptlet|cache-manifest)|application\/(xml|hta|x-shockwave-flash|vnd\.adobe\.flash\.movie|x-mimearchive|x-java-applet)|multipart\/|message\/|x-world\/)|\+xml$|^image\/svg|^(text|application)\/xml-/

/** Whether a type is active content: a browser that opens the file as a page may run scripts in it. */
export function isActiveContent(type: string): boolean {
  const base = baseType(type)
  return scriptTypes.test(base) || pageTypes.test(base)
}
