import { test } from 'vitest'
import { expectLinear } from '../harness/linear.ts'

test(
  'every reader of pictures takes CPU time linear in the size of a hostile picture',
  { timeout: 600_000 },
  () => expectLinear(new URL('linear-process.ts', import.meta.url), 130),
)
