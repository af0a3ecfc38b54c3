import { vi } from 'vitest'

// Test files share a process, because a process for each took half of the time. Module state, such as a warning that is
// shown once, starts again in each file.
vi.resetModules()
// The old modules would be another copy of the package on this page: src/internal/copies.ts.
Reflect.deleteProperty(globalThis, Symbol.for('putaway.copies'))
