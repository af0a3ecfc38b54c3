import assert from 'node:assert/strict'
import fc from 'fast-check'
import { chooseSignedType } from '../../../src/server/inspection/type-decision.ts'
import { isActiveContent } from '../../../src/server/inspection/media-types.ts'
import { canonicalMimeType } from '../../../src/server/inspection/mime-type.ts'
import { contentDisposition } from '../../../src/server/naming/file-names.ts'
import { anyAnnouncedType } from '../../harness/announced-types.ts'

/** For any announced type, the signed type is one plain type that browsers and the server parse alike. */
export const property = fc.property(
  anyAnnouncedType,
  fc.constantFrom('a', 'a.html', 'a.txt', 'a.svg', 'a.js', 'a.png', 'a.foo'),
  fc.constantFrom('*', '*/*', 'text/plain', 'text/*', 'image/*', '.txt', '.foo', 'application/octet-stream'),
  (type, name, accept) => {
    const canonical = canonicalMimeType(type)
    if (canonical !== undefined) {
      assert.match(canonical, /^[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+(;charset=[a-z0-9-]+)?$/)
      assert.equal(canonicalMimeType(canonical), canonical)
    }
    const admitted = chooseSignedType(accept, { name, type })
    if ('refusal' in admitted) return
    assert.equal(canonicalMimeType(admitted.type), admitted.type)
    assert.equal(isActiveContent(admitted.type), false)
    assert.doesNotMatch(contentDisposition(name, type), /^inline.*\.(html|svg|js)/)
    assert.doesNotMatch(contentDisposition(name, admitted.type), /\.(html|svg|js)\b/)
  },
)
