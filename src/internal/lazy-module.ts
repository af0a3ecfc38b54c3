/**
 * Caches a dynamic `import()`, because each call costs time: bundlers search the page for the chunk and Node searches the
 * disk. A failed import is tried again on the next call.
 */
export function lazyModule<Code>(load: () => Promise<Code>): () => Promise<Code> {
  let loading: Promise<Code> | undefined
  return () =>
    (loading ??= load().catch((thrown: unknown) => {
      loading = undefined
      throw thrown
    }))
}
