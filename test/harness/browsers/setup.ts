import './plain-console.ts'
import { cleanup, configure } from '@testing-library/react'
import { afterAll, afterEach } from 'vitest'
import { page } from 'vitest/browser'

// The default of 1 s is too short when other processes share the cores.
configure({ asyncUtilTimeout: 15_000 })

// Files share one document and one window: the rest of a form once hid the fields of the next file's test.
afterEach(cleanup)
afterAll(async () => {
  scrollTo(0, 0)
  await page.viewport(414, 896)
})
