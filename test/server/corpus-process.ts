import { readAllSizes } from '../../src/server/inspection/image/image-frames.ts'
import { loadImageMeasure, measureHeader } from '../../src/server/inspection/image/image-rules.ts'
import { detectMarkup } from '../../src/server/inspection/markup.ts'
import { headSize, loadSniffer, sniff } from '../../src/server/inspection/sniff.ts'
import { createImageSource } from '../../src/server/inspection/image/image-source.ts'
import { hostileFiles } from './corpus.ts'

const sniffer = await loadSniffer()
const measure = await loadImageMeasure()

/** Runs everything that confirm does with the bytes of a file. Errors are ignored: it only has to terminate. */
async function inspectBytes(bytes: Uint8Array): Promise<void> {
  const head = bytes.subarray(0, headSize)
  detectMarkup(head)
  await sniff(sniffer, head)
  const source = createImageSource(
    async (length, start) => bytes.subarray(start, start + length),
    bytes.length,
  )
  const sizes = await readAllSizes(source)
  if (!sizes) measureHeader(measure, head, {})
  for await (const size of sizes ?? []) void size
}

for (const { name, bytes } of hostileFiles({ large: true })) {
  process.send?.(name)
  await inspectBytes(bytes).catch(() => {})
}
process.disconnect()
