import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startLocalS3, type LocalS3 } from '../src/index.ts'
import { parseXml } from '../src/http/xml.ts'
import { openTestBucket, type TestBucket } from './harness/test-bucket.ts'
import { md5 } from './harness/md5.ts'

const deleting = (inner: string) => `<Delete>${inner}</Delete>`
/** Bodies of about `size` bytes that only an attacker sends. */
const hostile: Record<string, (size: number) => string> = {
  'empty elements': (size) => deleting('<a/>'.repeat(size / 4)),
  'elements of different names': (size) =>
    deleting(Array.from({ length: size / 9 }, (_, index) => `<a${index}/>`).join('')),
  'mixed content': (size) => deleting('x<a/>'.repeat(size / 5)),
  depth: (size) => deleting('<a>'.repeat(size / 7) + '</a>'.repeat(size / 7)),
  'depth without an end': (size) => deleting('<a>'.repeat(size / 3)),
  attributes: (size) => `<Delete ${'a="1" '.repeat(size / 6)}/>`,
  'attributes of many elements': (size) => deleting('<a b="1"/>'.repeat(size / 10)),
  quotes: (size) => `<Delete ${'a=\'"'.repeat(size / 4)}/>`,
  'spaces in a tag': (size) => `<Delete${' '.repeat(size)}x/>`,
  'references to entities': (size) => deleting(`<Object><Key>${'&amp;'.repeat(size / 5)}</Key></Object>`),
  'references to characters': (size) => deleting(`<Object><Key>${'&#65;'.repeat(size / 5)}</Key></Object>`),
  text: (size) => deleting('x'.repeat(size)),
  spaces: (size) => ' \n'.repeat(size / 2) + deleting(''),
  comments: (size) => deleting('<!---->'.repeat(size / 7)),
  'comments without an end': (size) => deleting('<!--'.repeat(size / 4)),
  CDATA: (size) => deleting('<![CDATA[x]]>'.repeat(size / 13)),
  instructions: (size) => deleting('<?a?>'.repeat(size / 5)),
  'an instruction': (size) => deleting(`<?a ${'b="1" '.repeat(size / 6)}?>`),
  'opening brackets': (size) => deleting('<'.repeat(size)),
  'closing brackets': (size) => deleting('>'.repeat(size)),
}

/** The CPU time in µs: the minimum of several runs, because other processes only add time. */
async function cpuOf(work: () => unknown, runs: number) {
  let best = Infinity
  for (let run = 0; run < runs; run += 1) {
    const before = process.cpuUsage()
    await work()
    const { user, system } = process.cpuUsage(before)
    best = Math.min(best, user + system)
  }
  return best
}

/** Eight times the bytes take 64 times as long if quadratic. Times below 5 ms are noise. */
async function expectLinear(size: number, make: (size: number) => () => unknown) {
  const work = make(size)
  // Most texts take so little that one run proves it.
  if ((await cpuOf(work, 1)) < 32 * 5000) return
  const [small, large] = [await cpuOf(make(size / 8), 3), await cpuOf(work, 3)]
  expect(large).toBeLessThan(32 * Math.max(small, 5000))
}

test.each(Object.keys(hostile))(
  'parsing XML of %s takes at most linear time',
  { timeout: 60_000 },
  async (name) => {
    const make = hostile[name]
    if (!make) throw new Error(name)
    await expectLinear(256 * 1024, (size) => {
      const text = make(size)
      return () => {
        try {
          parseXml(text, 'Delete')
        } catch {
          // A rejected body counts too: only the time matters.
        }
      }
    })
  },
)

describe('a request', () => {
  let s3: LocalS3
  let bucket: TestBucket
  beforeAll(async () => {
    s3 = await startLocalS3()
    bucket = await openTestBucket(s3)
  })
  afterAll(() => s3.close())

  test.each([
    ['DeleteObjects', 'POST', '?delete=', 'Delete'],
    ['CompleteMultipartUpload', 'POST', '/a?uploadId=none', 'CompleteMultipartUpload'],
    ['PutBucketCors', 'PUT', '?cors=', 'CORSConfiguration'],
    ['PutBucketLifecycleConfiguration', 'PUT', '?lifecycle=', 'LifecycleConfiguration'],
    ['PutBucketTagging', 'PUT', '?tagging=', 'Tagging'],
    ['PutObjectTagging', 'PUT', '/a?tagging=', 'Tagging'],
    ['CreateBucket', 'PUT', '-other', 'CreateBucketConfiguration'],
  ])(
    '%s with any hostile XML takes at most linear time and fails with no server error, and the next request is served',
    { timeout: 300_000 },
    async (_operation, method, path, root) => {
      await bucket.put('a', 'x')
      for (const make of Object.values(hostile)) {
        // A request costs more than its parsing, so its body is small.
        await expectLinear(64 * 1024, (size) => {
          const body = make(size).replaceAll('Delete', root)
          return async () => {
            const headers = { 'content-md5': md5(body).toString('base64') }
            const answer = await bucket.signed({ method, path: `/${bucket.bucket}${path}`, headers, body })
            expect(answer.status).toBeLessThan(500)
          }
        })
      }
      expect(await bucket.read('a')).toBe('x')
    },
  )
})

test.each([
  ['more tags than any request needs', deleting('<a/>'.repeat(50_000))],
  ['thousands of attributes', deleting('<a b="1"/>'.repeat(10_000))],
  ['a tag of 3 kB', `<Delete a="${'x'.repeat(3000)}"/>`],
  ['more than 4 MB', deleting('x'.repeat(4 * 1024 ** 2))],
  ['a depth of 1,000', deleting('<a>'.repeat(1000) + '</a>'.repeat(1000))],
  ['a DOCTYPE', '<!DOCTYPE Delete><Delete/>'],
  ['a comment without an end', '<Delete><!--'],
  ['another root', '<Remove/>'],
  ['two roots', '<Delete/><Delete/>'],
  ['another root before it', '<x/><Delete/>'],
  ['an entity of HTML', deleting('<Key>a&nbsp;b</Key>')],
  ['an unknown entity', deleting('<Key>a&foo;b</Key>')],
  ['a reference to an inherited name', deleting('<Key>&toString;</Key>')],
  ['a reference to a surrogate', deleting('<Key>a&#xD800;b</Key>')],
  ['a reference beyond Unicode', deleting('<Key>a&#x110000;b</Key>')],
  ['a reference without a number', deleting('<Key>a&#;b</Key>')],
  ['text beside elements', deleting('text<Key>a</Key>')],
  ['an element within text', deleting('<Key>a<b/></Key>')],
])('XML with %s is MalformedXML', (_name, text) => {
  expect(() => parseXml(text, 'Delete').get('Key')).toThrow(expect.objectContaining({ code: 'MalformedXML' }))
})

test.each([
  ['a&#x1;b', 'a\u0001b'],
  ['a&#x0;b', 'a\0b'],
  ['a&#xd;b', 'a\rb'],
  ['a&#x1F600;b', 'a😀b'],
  ['&lt;&gt;&quot;&apos;&amp;amp;', '<>"\'&amp;'],
  ['a<![CDATA[<&amp;>]]>b', 'a<&amp;>b'],
  ['a<!-- & -->b<?c &?>c', 'abc'],
  [' a ', ' a '],
])('the text %j of an element is read as %j', (xml, text) => {
  expect(parseXml(deleting(`<Key>${xml}</Key>`), 'Delete').get('Key')).toBe(text)
})

test('the largest requests that S3 allows are parsed', () => {
  const keys = deleting(`<Object><Key>${'&amp;'.repeat(500)}</Key><ETag>"e"</ETag></Object>`.repeat(1000))
  expect(parseXml(keys, 'Delete').all('Object')).toHaveLength(1000)
  const part = '<Part><PartNumber>1</PartNumber><ETag>e</ETag><ChecksumCRC32>c</ChecksumCRC32></Part>'
  const list = `<CompleteMultipartUpload>${part.repeat(10_000)}</CompleteMultipartUpload>`
  expect(parseXml(list, 'CompleteMultipartUpload').all('Part')).toHaveLength(10_000)
})
