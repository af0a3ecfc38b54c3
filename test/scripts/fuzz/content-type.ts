import assert from 'node:assert/strict'
import fc from 'fast-check'
import { fileTypeFromBuffer, supportedMimeTypes } from 'file-type'
import { chooseSignedType, decideStoredType } from '../../../src/server/inspection/type-decision.ts'
import { canonicalName, isActiveContent } from '../../../src/server/inspection/media-types.ts'
import { canonicalMimeType } from '../../../src/server/inspection/mime-type.ts'
import { contentDisposition, nameForType } from '../../../src/server/naming/file-names.ts'
import { detectIsoMediaType, typeOfSignature } from '../../../src/server/inspection/signatures.ts'
import { sniff } from '../../../src/server/inspection/sniff.ts'
import { heads } from '../../server/heads.ts'

const known = new Set(Array.from(supportedMimeTypes, canonicalName))
const samples = Object.values(heads)

/** Real heads, complete, truncated and mixed with others and noise, including polyglot files. */
const head = fc.oneof(
  fc.constantFrom(...samples),
  fc.uint8Array({ minLength: 1, maxLength: 200 }),
  fc
    .tuple(
      fc.constantFrom(...samples),
      fc.nat(300),
      fc.constantFrom(...samples),
      fc.uint8Array({ maxLength: 20 }),
    )
    .map(([first, length, second, noise]) =>
      Uint8Array.from([...first.subarray(0, length), ...noise, ...second, 0x20]),
    ),
)
const extension = fc.constantFrom(
  '',
  '.html',
  '.txt',
  '.svg',
  '.js',
  '.png',
  '.jpg',
  '.mov',
  '.csv',
  '.docx',
  '.gpx',
  '.ts',
  '.key',
  '.pdf',
  '.ai',
  '.foo',
  '.zip',
  '.xml',
  '.xhtml',
  '.doc',
  '.exe',
  '.mp3',
  '.heic',
  '.stl',
  '.JPG ',
  '.tar.gz',
)
const type = fc.oneof(
  fc.constantFrom(
    '',
    'text/html',
    'text/plain',
    'image/svg+xml',
    'application/octet-stream',
    'text/x-javascript',

    'image/png',
    'image/jpeg',
    'application/xml',
    'application/x-sh',
    'text/plain;x,text/html',
    'video/mp2t',
    'message/rfc822',
    'application/xhtml+xml',
    'application/pdf',
    'application/zip',
    'audio/mpeg',
  ),
  fc.constantFrom(...supportedMimeTypes),
)
const accept = fc.constantFrom(
  '*',
  '*/*',
  'image/*',
  'text/*',
  'audio/*',
  'application/*',
  '.txt',
  '.csv',
  '.jpg,.png',
  'image/jpeg',
  '.foo',
  '.pdf,.docx',
  '.ai',
  '.key',
  '.ts',
  'text/plain',
  'text/csv',
  'application/zip',
  '.mp3',
  '.stl',
)

/** No file that a browser runs or shows as a page is stored under an `accept` that does not name it. */
export const property = fc.asyncProperty(
  head,
  extension,
  type,
  accept,
  async (bytes, ending, announced, accepted) => {
    const admitted = chooseSignedType(accepted, { name: `a${ending}`, type: announced })
    if ('refusal' in admitted) return
    assert.equal(isActiveContent(admitted.type), false)
    const name = nameForType(`a${ending}`, admitted.type)
    const sniffed = await sniff({ fileTypeFromBuffer, supportedMimeTypes }, bytes)
    const knows = (mime: string) => known.has(mime)
    const decided = decideStoredType({
      head: bytes,
      sniffed,
      canDetect: knows,
      name,
      type: admitted.type,
      accept: accepted,
    })
    if ('refusal' in decided) return

    assert.equal(isActiveContent(decided.type), false)
    assert.equal(canonicalMimeType(decided.type), decided.type)
    const disposition = contentDisposition(name, decided.type)
    assert.doesNotMatch(disposition, /\.(html|xhtml|svg|js|xml|gpx)\b/)
    if (!disposition.startsWith('inline')) return
    // A file served inline is text or was recognized by its bytes.
    const kind = decided.type.split('/')[0]
    const start = Buffer.from(bytes.subarray(0, 32)).toString('latin1')
    const recognized = [sniffed?.mime, detectIsoMediaType(bytes), typeOfSignature(start)].map((each) =>
      canonicalName(each ?? 'none'),
    )
    const isKnown =
      decided.type.startsWith('text/plain') ||
      decided.type === 'application/pdf' ||
      recognized.some((each) => each.split('/')[0] === kind) ||
      (/^(audio|video)/.test(decided.type) && recognized.some((each) => /^(audio|video)/.test(each)))
    const named = accepted !== '*' && !accepted.includes('/*')
    assert.equal(isKnown || named || /ogg|asf|caf|mpeg/.test(`${recognized.join(' ')} ${decided.type}`), true)
    if (accepted === '.txt' || accepted === 'text/plain' || accepted === 'text/*') assert.equal(kind, 'text')
    if (accepted === 'image/*' || accepted === '.jpg,.png') assert.equal(kind, 'image')
  },
)
