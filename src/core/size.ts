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

/** How many are asked together at most: what a page can do between two frames. */
export const askedAtOnce = 50

/**
 * Says of one after the other of a list how many bytes it has, at once however long the list is: after the first that had
 * to be asked the others count as the average so far. Next time they are known.
 */
export function quickSizes(): (file: Blob) => number {
  let asked = 0
  let sum = 0
  let count = 0
  return (file) => {
    if (!known.has(file) && (asked += 1) > askedAtOnce) return sum / count
    sum += sizeOf(file)
    count += 1
    return sizeOf(file)
  }
}
