/**
 * Loads code once: at every `import()` bundlers look through the page for what is there already, and loaders of Node on
 * the disk. What did not come is asked for again.
 */
export function once<Code>(load: () => Promise<Code>): () => Promise<Code> {
  let loading: Promise<Code> | undefined
  return () =>
    (loading ??= load().catch((thrown: unknown) => {
      loading = undefined
      throw thrown
    }))
}
