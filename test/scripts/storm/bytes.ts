/** The bytes of one file, identical in the browser that sends them and in Node that compares them. */
export function stormBytes(seed: number, index: number): Uint8Array<ArrayBuffer> {
  const random = numbers(seed * 1_000_003 + index)
  // 90 % are small, 9 % larger, and 1 % multipart.
  const kind = random()
  const size =
    kind < 0.9 ? 200 + random() * 60_000 : kind < 0.99 ? random() * 900_000 : 6_000_000 + random() * 8_000_000
  const words = new Uint32Array(Math.ceil(size / 4))
  for (let at = 0; at < words.length; at += 1) words[at] = random() * 2 ** 32
  return new Uint8Array(words.buffer, 0, Math.max(1, Math.floor(size)))
}

/** mulberry32: a small random number generator, deterministic in every engine. */
export function numbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
