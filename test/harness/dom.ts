import '@testing-library/jest-dom/vitest'
import { cleanup, configure } from '@testing-library/react'
import { afterEach } from 'vitest'

// The default of 1 s is too short when other processes share the cores.
configure({ asyncUtilTimeout: 10_000 })

afterEach(cleanup)
