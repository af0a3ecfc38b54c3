import { readAllSizes } from '../../src/server/inspection/image/image-frames.ts'
import { loadImageMeasure, readSizeFromHeader } from '../../src/server/inspection/image/image-rules.ts'
import { detectMarkup } from '../../src/server/inspection/markup.ts'
import { headSize, loadSniffer, sniff } from '../../src/server/inspection/sniff.ts'
import { createImageSource } from '../../src/server/inspection/image/image-source.ts'
import { sendToParent } from '../harness/send-to-parent.ts'
import { hostileFiles } from './corpus.ts'

/** The packages that are installed, and the lowest versions that the peer ranges admit. */
const sniffers = [await loadSniffer(), await loadSniffer(() => import('file-type-lowest'))]
/** The installed image-size is the lowest admitted version: packages.test.ts keeps that. */
const measure = await loadImageMeasure()

/** Runs everything that confirm does with the bytes of a file. Errors are ignored: it only has to terminate. */
async function inspectBytes(bytes: Uint8Array): Promise<void> {
  const head = bytes.subarray(0, headSize)
  detectMarkup(head)
  for (const sniffer of sniffers) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other, so that the parent can tell which file hangs
    await sniff(sniffer, head)
  }
  const source = createImageSource(
    async (length, start) => bytes.subarray(start, start + length),
    bytes.length,
  )
  const sizes = await readAllSizes(source)
  if (!sizes) await readSizeFromHeader(() => Promise.resolve(measure), head, {})
  for await (const size of sizes ?? []) void size
}

for (const { name, bytes } of hostileFiles({ large: true })) {
  await sendToParent(name)
  await inspectBytes(bytes).catch(() => {})
}
process.disconnect()
