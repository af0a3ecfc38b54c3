import '@testing-library/jest-dom/vitest'
import { cleanup, configure } from '@testing-library/react'
import { afterEach } from 'vitest'

// A second passes quickly where other work shares the cores.
configure({ asyncUtilTimeout: 10_000 })

afterEach(cleanup)
