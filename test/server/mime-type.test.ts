import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MIMEType } from 'whatwg-mimetype'
import { canonicalMimeType } from '../../src/server/inspection/mime-type.ts'
import { anyAnnouncedType } from '../harness/announced-types.ts'

const restrictedName = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/

/** The type and the value of `charset` by the package whatwg-mimetype. */
function parseByPackage(announcedType: string) {
  const parsed = MIMEType.parse(announcedType)
  if (!parsed || !restrictedName.test(parsed.type) || !restrictedName.test(parsed.subtype)) return undefined
  return { type: parsed.type, essence: parsed.essence, charset: parsed.parameters.get('charset') }
}

function expectedType(announcedType: string): string | undefined {
  const parsed = parseByPackage(announcedType)
  if (!parsed) return undefined
  let encoding: string | undefined
  try {
    if (parsed.type === 'text' && parsed.charset !== undefined)
      encoding = new TextDecoder(parsed.charset).encoding
  } catch {
    // An unknown charset is left out.
  }
  const isRefused =
    encoding !== undefined && /^utf-16|^iso-2022|^x-user-defined$|^replacement$/.test(encoding)
  return parsed.essence + (encoding === undefined || isRefused ? '' : `;charset=${encoding}`)
}

test.each([
  ['TEXT/Plain; Charset="UTF-8"', 'text/plain;charset=utf-8'],
  [' text/html;charset=utf-8 ', 'text/html;charset=utf-8'],
  ['text/csv;charset= ;charset=latin1', 'text/csv;charset=windows-1252'],
  ['text/csv;charset="";charset=latin1', 'text/csv'],
  ['text/csv;charset="utf-8\\', 'text/csv'],
  ['text/csv;charset="ut\\f-8";x', 'text/csv;charset=utf-8'],
  ['text/csv;charset="utf-8', 'text/csv;charset=utf-8'],
  ['text/csv;charset=utf-16le', 'text/csv'],
  ['image/png;charset=utf-8', 'image/png'],
  ['image/png, text/html', undefined],
  ['image/png/x', undefined],
  ['\u212aind/text', undefined],
  ['', undefined],
])('%j becomes %j', (announcedType, type) => {
  expect(canonicalMimeType(announcedType)).toBe(type)
  expect(expectedType(announcedType)).toBe(type)
})

test('any announced type has the same result as by the package whatwg-mimetype', () => {
  fc.assert(
    fc.property(anyAnnouncedType, (type) => canonicalMimeType(type) === expectedType(type)),
    { numRuns: 3000 },
  )
})
