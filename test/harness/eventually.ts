/** For `vi.waitFor`, whose default of 1 s is too short when other processes share the cores. */
export const eventually = { timeout: 15_000 }
