const known = new WeakMap<Blob, number>()

/**
 * The bytes of a file, asked once. Of a file on the disk every `size` holds Chromium's main thread up for 0.1 to 0.3 ms
 * (measured by `npm run bench -- --scenario list --profile`), and lists ask for thousands of them in every frame.
 */
export function sizeOf(file: Blob): number {
  let size = known.get(file)
  if (size === undefined) known.set(file, (size = file.size))
  return size
}
