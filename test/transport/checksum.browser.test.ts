import { afterEach, expect, test, vi } from 'vitest'
import { crc64Of } from '../../src/transport/checksum.ts'

const signal = new AbortController().signal
/** Source: https://reveng.sourceforge.io/crc-catalogue/all.htm#crc.cat.crc-64-nvme */
const known = { text: '123456789', crc: btoa('\xae\x8b\x14\x86\x0a\x79\x98\x88') }

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

/** A fresh copy of the module, as in a page that was just opened. */
let pages = 0
const newPage = () =>
  import(/* @vite-ignore */ `../../src/transport/checksum.ts?page=${(pages += 1)}`) as Promise<{
    crc64Of: typeof crc64Of
  }>

/** The definition: one bit at a time. */
function slowCrc64(bytes: Uint8Array): string {
  let crc = 0xffff_ffff_ffff_ffffn
  for (const byte of bytes) {
    crc ^= BigInt(byte)
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ 0x9a6c9329ac4bc9b5n : crc >> 1n
  }
  const hex = (crc ^ 0xffff_ffff_ffff_ffffn).toString(16).padStart(16, '0')
  return btoa(String.fromCharCode(...(hex.match(/../g) ?? []).map((each) => parseInt(each, 16))))
}

test('computes the check value of the CRC catalogue', async () => {
  expect(await crc64Of(new Blob([known.text]), signal)).toBe(known.crc)
  expect(await crc64Of(new Blob([]), signal)).toBe(slowCrc64(new Uint8Array()))
})

test.each([1, 7, 8, 9, 1000, 1_048_575, 1_048_577])(
  'the checksum of %i bytes equals the definition',
  async (size) => {
    const bytes = new Uint8Array(size).map((_, index) => (index * 2654435761) >>> 13)
    expect(await crc64Of(new Blob([bytes]), signal)).toBe(slowCrc64(bytes))
  },
)

test('one worker computes many checksums in the order of the calls', async () => {
  const started = vi.spyOn(URL, 'createObjectURL')
  const order: number[] = []
  const sizes = [3_000_000, 2_000_000, 1_000_000, 0]
  await Promise.all(
    sizes.map((size, index) =>
      crc64Of(new Blob([new Uint8Array(size)]), signal).then(() => order.push(index)),
    ),
  )
  expect(order).toEqual([0, 1, 2, 3])
  expect(started.mock.calls.length).toBeLessThanOrEqual(1)
})

test('an aborted checksum rejects with the reason and does not block the next', async () => {
  const controller = new AbortController()
  const first = crc64Of(new Blob([new Uint8Array(200_000_000)]), controller.signal)
  const next = crc64Of(new Blob([known.text]), signal)
  controller.abort(new Error('enough'))
  await expect(first).rejects.toThrow('enough')
  expect(await next).toBe(known.crc)
})

test('the page computes the checksum when workers are not available', async () => {
  const blocked = vi.fn(function blocked() {
    throw new DOMException('blocked by policy', 'SecurityError')
  })
  vi.stubGlobal('Worker', blocked)
  const page = await newPage()
  expect(await page.crc64Of(new Blob([known.text]), signal)).toBe(known.crc)
  expect(await page.crc64Of(new Blob([known.text]), signal)).toBe(known.crc)
  expect(blocked).toHaveBeenCalledTimes(1)
})

test('the page computes the checksum when the worker does not start', async () => {
  // A Content-Security-Policy has this effect: the worker is created, and then fires an error.
  const text = URL.createObjectURL.bind(URL)
  const made = vi
    .spyOn(URL, 'createObjectURL')
    .mockImplementation(() => text(new Blob(['nonsense('], { type: 'text/javascript' })))
  const page = await newPage()
  expect(await page.crc64Of(new Blob([known.text]), signal)).toBe(known.crc)
  expect(made).toHaveBeenCalledTimes(1)
})

test('a checksum of an unreadable file rejects', async () => {
  vi.stubGlobal('Worker', undefined)
  const page = await newPage()
  const blob = new Blob([known.text])
  vi.spyOn(blob, 'slice').mockImplementation(() => {
    throw new DOMException('gone', 'NotReadableError')
  })
  await expect(page.crc64Of(blob, signal)).rejects.toThrow('gone')
})
