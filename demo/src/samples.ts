/** Paints six landscapes, so that the demo can be tried without photos at hand. */
export function samplePhotos(): Promise<File[]> {
  return Promise.all(Object.entries(palettes).map(([name, colors], index) => paint(name, colors, index)))
}

/** A text, a table, and a large file, which is sent in parts. */
export function sampleFiles(): File[] {
  const rows = Array.from({ length: 20_000 }, (_, row) => `${row},${(row * 7919) % 1000}\n`)
  return [
    new File(['Files in this list stay until they are removed.\n'], 'Read me.txt', { type: 'text/plain' }),
    new File(['day,visitors\n', ...rows], 'Visitors.csv', { type: 'text/csv' }),
    new File([new Uint8Array(40_000_000)], 'Recording of the meeting.bin'),
  ]
}

const palettes = {
  'Lofoten at dawn': ['#6a6fb0', '#fbd6b0', '#8d7fb4', '#34376b'],
  Geiranger: ['#5d9cc4', '#dbeef5', '#7ea9bf', '#1f4a5f'],
  'Erg Chebbi': ['#ef9d6a', '#fff0cf', '#e0a268', '#94562f'],
  'Black Forest': ['#7fb798', '#eef6dd', '#7fb08a', '#1f4f3e'],
  Provence: ['#b98ac9', '#ffe3e6', '#c588b0', '#5b3468'],
  Glacier: ['#9dbfe0', '#f3f8fd', '#c9dcec', '#527a9c'],
} as const

async function paint(name: string, colors: readonly string[], index: number): Promise<File> {
  const [top = '', horizon = '', far = '', near = ''] = colors
  const canvas = new OffscreenCanvas(1600, 1200)
  const { width, height } = canvas
  const context = canvas.getContext('2d')
  if (!context) throw new Error('This browser paints no pictures.')

  const sky = context.createLinearGradient(0, 0, 0, height * 0.7)
  sky.addColorStop(0, top)
  sky.addColorStop(1, horizon)
  context.fillStyle = sky
  context.fillRect(0, 0, width, height)

  for (const [ridge, color] of [far, near].entries()) {
    context.fillStyle = color
    context.beginPath()
    context.moveTo(0, height)
    for (let x = 0; x <= width; x += 8) {
      const wave = Math.sin(x / (260 - ridge * 90) + index * 2 + ridge) + Math.sin(x / 90 + index) / 4
      context.lineTo(x, height * (0.6 + ridge * 0.16) - wave * 90)
    }
    context.lineTo(width, height)
    context.fill()
  }

  const blob = await canvas.convertToBlob({ type: 'image/jpeg' })
  // Bytes after the end of a JPEG are not part of the picture. With them it is as large as a photo of a phone.
  return new File([blob, new Uint8Array(2_000_000 + index * 300_000)], `${name}.jpg`, { type: 'image/jpeg' })
}
