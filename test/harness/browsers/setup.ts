import { configure } from '@testing-library/react'

// The default of 1 s is too short when other processes share the cores.
configure({ asyncUtilTimeout: 15_000 })
