import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startLocalS3, type LocalS3 } from '../../src/local-s3/index.ts'
import { checks } from './checks/index.ts'
import { openSubject, type Subject } from './checks/subject.ts'

let server: LocalS3
let subject: Subject

beforeAll(async () => {
  server = await startLocalS3()
  subject = await openSubject(server)
})
afterAll(() => server.close())

describe('local-s3 does what AWS documents', () => {
  for (const { name, run } of checks) test(name, () => run(subject))
})

test('there are more than a hundred checks, each of its own name', () => {
  expect(new Set(checks.map(({ name }) => name)).size).toBe(checks.length)
  expect(checks.length).toBeGreaterThan(100)
})
