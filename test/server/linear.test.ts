import { test } from 'vitest'
import { expectLinear } from '../harness/linear.ts'

test('every parser of untrusted input takes CPU time linear in its length', { timeout: 600_000 }, () =>
  expectLinear(new URL('linear-process.ts', import.meta.url), 500),
)

test('every parser of local-s3 takes CPU time linear in its length', { timeout: 600_000 }, () =>
  expectLinear(new URL('linear-local-s3-process.ts', import.meta.url), 500),
)
