import { test } from 'vitest'
import { bundleForNode } from '../harness/bundle-for-node.ts'
import { expectLinear } from '../harness/linear.ts'

const readers = await bundleForNode(new URL('linear-process.ts', import.meta.url))

test(
  'every reader of pictures takes CPU time linear in the size of a hostile picture',
  { timeout: 600_000 },
  () => expectLinear(readers, 130),
)
