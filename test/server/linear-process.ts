import { redactSecrets } from '../../src/cli/doctor/redact.ts'
import { printable, printableLines } from '../../src/cli/printable.ts'
import { acceptProblem, accepts } from '../../src/protocol/accept/accept.ts'
import { lifetimeOf, queryOf, signedHeadersOf } from '../../src/protocol/signed-url.ts'
import { chooseSignedType, decideStoredType } from '../../src/server/inspection/type-decision.ts'
import { readAllSizes } from '../../src/server/inspection/image/image-frames.ts'
import { isText, detectMarkup } from '../../src/server/inspection/markup.ts'
import { isTextual, mediaTypes, isActiveContent } from '../../src/server/inspection/media-types.ts'
import { canonicalMimeType } from '../../src/server/inspection/mime-type.ts'
import {
  sanitizeName,
  contentDisposition,
  keyName,
  keySegment,
  nameForType,
  pathForType,
} from '../../src/server/naming/file-names.ts'
import { toLogLine } from '../../src/server/error-response.ts'
import { findKeyProblem } from '../../src/server/naming/object-keys.ts'
import { readUploads } from '../../src/server/index.ts'
import { elementsOf, elementText, rootNameOf } from '../../src/server/s3/xml.ts'
import { sanitizePath, isPathTooLong } from '../../src/protocol/file-path.ts'
import { readRequest } from '../../src/server/read-request.ts'
import { headSize, loadSniffer, sniff } from '../../src/server/inspection/sniff.ts'
import { createImageSource } from '../../src/server/inspection/image/image-source.ts'
import { mayContain } from '../../src/server/inspection/container-types.ts'
import { parseErrorAnswer } from '../../src/protocol/error-answer.ts'
import { readThrownError, readReturnValue } from '../../src/core/answers/read-app-result.ts'
import { logFailure } from '../../src/internal/development-log.ts'
import type { PolicyClaims } from '../../src/server/tokens/token-signers.ts'
import { readPolicyToken } from '../../src/server/tokens/policy-token.ts'
import { diagnose } from '../../src/transport/diagnosis.ts'
import { measure } from '../harness/growth.ts'
import { be, join, le, repeat } from './corpus.ts'
import { measureTexts } from './hostile-texts.ts'

process.env.NODE_ENV = 'development'
console.error = () => {}
const sniffer = await loadSniffer()
const bytesOf = (text: string) => new TextEncoder().encode(text)
/**
 * Half of a text in UTF-16. Above 8192 letters each letter takes ten times as long, but still linear time up to 131,072
 * letters. Both sizes of a measurement must be below this step.
 */
const utf16Of = (text: string) => new Uint8Array(Buffer.from(text.slice(0, text.length / 2), 'utf16le'))
const formOptions = { secret: 'a secret of tests that is long enough', route: 'photos', user: { id: 'anna' } }
const base64Url = (text: string) => Buffer.from(text).toString('base64url')
const policy: PolicyClaims = {
  id: 'policy',
  route: 'photos',
  user: 'anna',
  prefix: 'uploads/',
  type: 'text/plain',
  minSize: 0,
  maxSize: 10,
  exp: Infinity,
}
const policyTokens = { read: async () => policy }
const xhrOf = (responseText: string) =>
  // The fields that the page reads of an answer.
  ({ status: 400, responseText, getAllResponseHeaders: () => responseText }) as XMLHttpRequest
const storageRequest = { url: 'http://a/', method: 'put', headers: {}, body: new Uint8Array(1) } as const
const readers: Readonly<Record<string, (text: string) => unknown>> = {
  markupOf: (text) => detectMarkup(bytesOf(text)),
  isText: (text) => isText(bytesOf(text)),
  'sniff, of at most 64 KiB': (text) => sniff(sniffer, bytesOf(text.slice(0, headSize))),
  cleanName: sanitizeName,
  keyName,
  keySegment,
  nameForType: (text) => nameForType(text, 'text/plain') + nameForType('a.png', text),
  contentDisposition: (text) => contentDisposition(text, 'text/plain'),
  runsAsPage: isActiveContent,
  isTextual,
  canonicalMimeType,
  admittedType: (text) => chooseSignedType('image/*,.csv', { name: text, type: text }),
  typeOfContent: (text) =>
    decideStoredType({
      head: bytesOf(text),
      sniffed: undefined,
      canDetect: () => true,
      name: text,
      type: text,
      accept: '*',
    }),
  'typeOfContent of an old Office name': (text) =>
    decideStoredType({
      head: bytesOf(`<html>${text}`),
      sniffed: undefined,
      canDetect: () => true,
      name: `${text}.xls`,
      type: 'application/vnd.ms-excel',
      accept: '.xls,.doc',
    }),
  'typeOfContent of UTF-16': (text) =>
    decideStoredType({
      head: utf16Of(text),
      sniffed: undefined,
      canDetect: () => true,
      name: 'a.csv',
      type: 'text/csv',
      accept: '*',
    }),
  'markupOf UTF-16': (text) => detectMarkup(utf16Of(text)),
  cleanPath: (text) => [sanitizePath(text), isPathTooLong(text)],
  pathForType: (text) => pathForType(`a/${text}`, 'text/plain') + pathForType(`${text}/a.png`, text),
  keyProblem: findKeyProblem,
  readUploads: (text) => readUploads([text], formOptions),
  'readUploads of JSON': (text) => readUploads([JSON.stringify([{ token: text, name: text }])], formOptions),
  'readUploads of many': (text) => readUploads(text.match(/.{1,64}/gs) ?? [], formOptions),
  'rootOf an answer of storage': rootNameOf,
  'elementsOf an answer of storage': (text) => elementsOf(`<A>${text}`, 'A'),
  'elementText of an answer of storage': (text) => elementText(`<A>${text}</A>`, 'A'),
  wraps: (text) => mayContain('image/tiff', text) || mayContain(text, 'image/x-a'),
  accepts: (text) => accepts('image/*,.png', { name: text, type: text }),
  'accepts of servers': (text) => accepts('image/*,.png', { name: text, type: text }, mediaTypes),
  'accept of a page': (text) => accepts(text, { name: 'a.png', type: 'image/png' }),
  acceptProblem,
  queryOf: (text) => queryOf(`http://a/?${text}`),
  signedHeadersOf: (text) => signedHeadersOf(`http://a/?X-Amz-SignedHeaders=${text}`),
  'lifeOf a ticket': (text) =>
    lifetimeOf({ kind: 'post', key: 'a', url: `http://a/?${text}`, fields: { policy: text } }, 0),
  logLine: (text) => toLogLine(new Error(text)),
  readRequest: (text) =>
    readRequest(
      new Request('http://a/', {
        method: 'POST',
        headers: { 'content-type': text.replace(/[^\x20-\x7e]/g, '') },
      }),
    ),
  withoutSecrets: redactSecrets,
  printable: (text) => printable(text) + printableLines(text),
  'the file of a policy token': (text) => readPolicyToken(`a.b.${base64Url(text)}`, policyTokens, 'starting'),
  'the texts in a policy token': (text) =>
    readPolicyToken(
      `a.b.${base64Url(JSON.stringify({ id: 'a'.repeat(16), name: text, size: 1, meta: { text }, path: text }))}`,
      policyTokens,
      'starting',
    ),
  'an answer of storage to the page': (text) =>
    diagnose(xhrOf(text.replaceAll('<A>', '<Code>')), storageRequest),
  parseErrorAnswer: (text) => parseErrorAnswer(400, undefined, text),
  'parseErrorAnswer of JSON': (text) =>
    parseErrorAnswer(400, undefined, { message: text, detail: [{ msg: text }] }),
  'the error that an app throws': (text) => readThrownError(new Error(text), 'starting'),
  'the error that an app returns': (text) => readReturnValue({ error: text, message: text }, 'starting'),
  'the development log': logFailure,
}

const box = (type: string, content: Uint8Array) => join(be(4, content.length + 8), type, content)
const files: Readonly<Record<string, (count: number) => Uint8Array>> = {
  'GIF blocks': (count) => join('GIF89a', le(2, 1, 1), [0, 0, 0, 0x21, 0xfe], repeat([1, 1], count)),
  'PNG chunks': (count) => join('\x89PNG\r\n\x1a\n', repeat(join(be(4, 0), 'IHDR', be(4, 0)), count)),
  'WebP chunks': (count) => join('RIFF', le(4, 0), 'WEBP', repeat(join('ALPH', le(4, 0)), count)),
  'JPEG segments': (count) => join([0xff, 0xd8], repeat([0xff, 0xe0, 0, 2], count)),
  'JPEG thumbnails': (count) =>
    join(
      [0xff, 0xd8],
      repeat(join([0xff, 0xe1, 0, 16], 'Exif\0\0', [0xff, 0xd8, 0xff, 0xe1, 0, 2, 0, 0]), count),
    ),
  'HEIF boxes': (count) =>
    join(
      box('ftyp', join('heic')),
      box(
        'meta',
        join(be(4, 0), box('iprp', box('ipco', repeat(join(be(4, 20), 'ispe', be(4, 0, 1, 1)), count)))),
      ),
    ),
  'TIFF directories': (count) =>
    join('II*\0', le(4, 8), repeat(join(le(2, 1, 330, 4), le(4, 1, 0, 0)), count)),
  'HEIF pieces without bytes': (count) =>
    join(
      box('ftyp', join('heic')),
      box(
        'meta',
        join(
          be(4, 0),
          box(
            'iloc',
            join([2, 0, 0, 0, 0, 0], be(4, count), repeat([0, 0, 0, 1, 0, 0, 0, 0, 255, 255], count)),
          ),
        ),
      ),
    ),
  'JPEG images that its index only counts': (count) =>
    join(
      [0xff, 0xd8, 0xff, 0xe2, 0, 32],
      'MPF\0MM\0*',
      be(4, 8),
      be(2, 1, 0xb002, 7),
      be(4, count * 100_000, 100, 0),
    ),
  'starts of thumbnails in JPEG': (count) =>
    join(
      [0xff, 0xd8],
      repeat(
        join([0xff, 0xe1, 0xff, 0xff], 'Exif\0\0', repeat([0xff, 0xd8, 0xff], 21_842), [0]),
        count / 2500,
      ),
    ),
  'TIFF sizes': (count) =>
    join('II*\0', le(4, 8), le(2, count), repeat(join(le(2, 256, 3), le(4, 1, 1)), count), le(4, 0)),
  'lists of TIFF sizes': (count) =>
    join('II*\0', le(4, 8), le(2, count), repeat(join(le(2, 256, 3), le(4, 1024, 8)), count), le(4, 0)),
  icons: (count) => join(le(2, 0, 1, 0xffff), repeat(new Uint8Array(16).fill(1), count)),
}

/** Reading of a file is limited in steps and bytes, so below this many µs the time does not depend on its length. */
const timeOfLimit = 60_000

await measureTexts(readers)
for (const [name, make] of Object.entries(files)) {
  await measure(
    name,
    (scale) => {
      const bytes = make(scale * 10_000)
      return async () => {
        const source = createImageSource(
          async (length, start) => bytes.subarray(start, start + length),
          bytes.length,
        )
        for await (const size of (await readAllSizes(source)) ?? []) void size
      }
    },
    timeOfLimit,
  )
}
process.disconnect()
