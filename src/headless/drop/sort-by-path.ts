/** Numbers in names are in their order: `2.jpg` is before `10.jpg`. */
const { compare } = new Intl.Collator(undefined, { numeric: true })

/** Number of items that are sorted without a pause. One comparison of this collator takes about a microsecond. */
const sliceLength = 500
/** Maximum time without a pause, in milliseconds. */
const sliceMs = 16

/**
 * Returns the items in the order of their paths. Pauses between slices, because a sort of ten thousand paths would block
 * the page for about 100 ms. `pause` is for tests.
 */
export async function sortByPath<Item extends object>(
  items: readonly Item[],
  pathOf: (item: Item) => string,
  pause: () => Promise<void> = createPause(),
): Promise<Item[]> {
  await pause()
  if (items.length <= sliceLength)
    return items.toSorted((first, second) => compare(pathOf(first), pathOf(second)))
  const middle = items.length >> 1
  const firstHalf = await sortByPath(items.slice(0, middle), pathOf, pause)
  const secondHalf = await sortByPath(items.slice(middle), pathOf, pause)
  const merged: Item[] = []
  let firstIndex = 0
  let secondIndex = 0
  while (merged.length < items.length) {
    const first = firstHalf[firstIndex]
    const second = secondHalf[secondIndex]
    const isFirstNext = first && (!second || compare(pathOf(first), pathOf(second)) <= 0)
    const next = isFirstNext ? first : second
    if (!next) break
    merged.push(next)
    if (isFirstNext) firstIndex += 1
    else secondIndex += 1
    // oxlint-disable-next-line no-await-in-loop -- one slice after the other
    if (merged.length % sliceLength === 0) await pause()
  }
  return merged
}

/** Returns a function that lets the page work if the current slice has taken too long. */
function createPause(): () => Promise<void> {
  let sliceStart = performance.now()
  return async () => {
    if (performance.now() - sliceStart < sliceMs) return
    await new Promise((resolve) => setTimeout(resolve))
    sliceStart = performance.now()
  }
}
