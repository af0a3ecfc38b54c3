import { test } from 'vitest'
import { bundleForNode } from '../harness/bundle-for-node.ts'
import { expectLinear } from '../harness/linear.ts'

const readers = await bundleForNode(new URL('linear-process.ts', import.meta.url))
const localS3Readers = await bundleForNode(new URL('linear-local-s3-process.ts', import.meta.url))

test('every parser of untrusted input takes CPU time linear in its length', { timeout: 600_000 }, () =>
  expectLinear(readers, 500),
)

test('every parser of local-s3 takes CPU time linear in its length', { timeout: 600_000 }, () =>
  expectLinear(localS3Readers, 500),
)
