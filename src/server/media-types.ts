import { baseType } from '../protocol/accept.ts'
import { formatsIn, parseFormats } from '../protocol/formats.ts'
import type { Format, Formats } from '../protocol/formats.ts'
import { knownTypes } from '../protocol/known-types.ts'
import { extensionsByType, typesByExtension } from './mime-database.ts'
import { moreTypes } from './more-types.ts'

/** The table of browsers, more formats, and the whole of mime-db for what neither names. */
export const mediaTypes: Formats = wholeTable()

function wholeTable(): Formats {
  const named = formatsIn([...parseFormats(moreTypes), ...parseFormats(knownTypes)], false)
  return {
    partial: false,
    byExtension(extension) {
      const formats = named.byExtension(extension)
      const types = formats.length > 0 ? [] : typesByExtension(extension)
      return types.length > 0 ? [{ types, loose: [], extensions: [extension] }] : formats
    },
    byType(type, loose) {
      const formats = named.byType(type, loose)
      const extensions = formats.length > 0 ? [] : extensionsByType(type)
      return extensions.length > 0 ? [{ types: [type], loose: [], extensions }] : formats
    },
  }
}

/** Types that mean no more than "some bytes". */
export const octets = 'application/octet-stream'

/** The name that a type is stored under: `image/jpg` is `image/jpeg`. */
export function canonicalName(type: string): string {
  const base = baseType(type)
  return mediaTypes.byType(base)[0]?.types[0] ?? base
}

/** Whether both are names of one type. */
export function sameType(one: string, other: string): boolean {
  return one === other || mediaTypes.byType(one).some(({ types }) => types.includes(other))
}

/** Every name of a type. */
export function namesOf(type: string): readonly string[] {
  return [type, ...mediaTypes.byType(type).flatMap(({ types }) => types)]
}

/** The formats that an extension is the end of. */
export function formatsOf(extension: string): readonly Format[] {
  return mediaTypes.byExtension(extension)
}

/** Whether bytes of the type tell only that they are text. */
export function isTextual(type: string): boolean {
  return /^text\/|^application\/(.*\+)?(json|xml)$|^application\/((x-)?(java|ecma)script|x-ndjson|sql|yaml|toml|x-subrip|x-httpd-php)$|^model\/(obj|mtl|step)$|^image\/svg|\+(json|xml)$/.test(
    type,
  )
}

/** https://mimesniff.spec.whatwg.org/#javascript-mime-type, and VBScript, which only ended with Internet Explorer. */
const script =
  /^(text|application)\/(x-)?((java|ecma)script|module)$|^text\/(javascript1\.[0-5]|jscript|livescript|vbscript)$/
/** Pages, images with scripts, documents made of parts, and what old plug-ins run. */
const page =
  /^(text\/(html|xml|xsl|x-server-parsed-html|x-component|scriptlet|cache-manifest)|application\/(xml|hta|x-shockwave-flash|vnd\.adobe\.flash\.movie|x-mimearchive|x-java-applet)|multipart\/|message\/|x-world\/)|\+xml$|^image\/svg|^(text|application)\/xml-/

/** Whether a browser that is led to it would run it. */
export function runsAsPage(type: string): boolean {
  const base = baseType(type)
  return script.test(base) || page.test(base)
}
