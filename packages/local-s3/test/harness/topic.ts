import type { TestBucket } from './test-bucket.ts'

/** One fact about S3 that needs only an endpoint. It holds for local-s3 and any S3 that follows the AWS documentation. */
export interface Check {
  name: string
  run: (s3: TestBucket) => Promise<void>
}

/** Collects the checks of a topic. */
export function createTopic(topic: string) {
  const checks: Check[] = []
  return {
    checks,
    check: (name: string, run: Check['run']) => void checks.push({ name: `${topic}: ${name}`, run }),
  }
}
