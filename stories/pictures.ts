/** Small landscapes, drawn in SVG: the same on every run, sharp at every size, and no bytes in the repository. */
export type Landscape = keyof typeof scenes

const scenes = {
  dawn: { sky: ['#fbd6b0', '#f08a7b', '#6a6fb0'], sun: '#fff1cf', hills: ['#8d7fb4', '#5c5a94', '#34376b'] },
  fjord: { sky: ['#dbeef5', '#9fcbe0', '#5d9cc4'], sun: '#ffffff', hills: ['#7ea9bf', '#46768f', '#1f4a5f'] },
  dunes: { sky: ['#fff0cf', '#f9c784', '#ef9d6a'], sun: '#fffaf0', hills: ['#e0a268', '#c67f4c', '#94562f'] },
  forest: {
    sky: ['#eef6dd', '#c2dfb0', '#7fb798'],
    sun: '#fdfde8',
    hills: ['#7fb08a', '#44805f', '#1f4f3e'],
  },
  night: { sky: ['#4d5a94', '#2b3168', '#141738'], sun: '#f4f0ff', hills: ['#373f7a', '#242a58', '#12163a'] },
  meadow: {
    sky: ['#fdf6e4', '#b7dcf2', '#7fb5e6'],
    sun: '#fff7c2',
    hills: ['#a9cf84', '#71ab62', '#3f7c49'],
  },
  rose: { sky: ['#ffe3e6', '#f7b2c4', '#b98ac9'], sun: '#fff6ee', hills: ['#c588b0', '#94598f', '#5b3468'] },
  glacier: {
    sky: ['#f3f8fd', '#cfe1f2', '#9dbfe0'],
    sun: '#ffffff',
    hills: ['#c9dcec', '#8fb1cd', '#527a9c'],
  },
} satisfies Record<string, { sky: string[]; sun: string; hills: string[] }>

/** A File with a landscape. `size` is its reported size in bytes. */
export function picture(name: string, scene: Landscape, size = 2_400_000): File {
  const file = new File([draw(scene)], name, { type: 'image/svg+xml' })
  Object.defineProperty(file, 'size', { value: size })
  return file
}

/** A stored image in the shape of a form value. */
export function storedPicture(name: string, scene: Landscape) {
  return { id: name, name, url: `data:image/svg+xml,${encodeURIComponent(draw(scene))}` }
}

/** Eight files with the names of travel photos. */
export function album(): File[] {
  return [
    picture('Lofoten at dawn.jpg', 'dawn', 3_120_000),
    picture('Geiranger.jpg', 'fjord', 4_800_000),
    picture('Erg Chebbi.webp', 'dunes', 1_240_000),
    picture('Black Forest trail.jpg', 'forest', 5_410_000),
    picture('DSC_20260418_214501_night-sky.jpg', 'night', 7_900_000),
    picture('Alpine meadow.png', 'meadow', 2_050_000),
    picture('Provence.jpg', 'rose', 3_660_000),
    picture('Glacier.heic.jpg', 'glacier', 6_200_000),
  ]
}

function draw(scene: Landscape): string {
  const { sky, sun, hills } = scenes[scene]
  const random = seededRandom(scene)
  const x = 90 + random() * 220
  const stops = sky.toReversed().map((color, index) => `<stop offset="${index / 2}" stop-color="${color}"/>`)
  const layers = hills.map(
    (color, index) => `<path fill="${color}" d="${ridge(220 + index * 55, 62 - index * 12, random)}"/>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" width="400" height="400" viewBox="0 0 400 400">
<defs><linearGradient id="s" x2="0" y2="1">${stops.join('')}</linearGradient>
<radialGradient id="g"><stop stop-color="${sun}" stop-opacity=".75"/><stop offset="1" stop-color="${sun}" stop-opacity="0"/></radialGradient></defs>
<rect width="400" height="400" fill="url(#s)"/>
<circle cx="${x}" cy="150" r="110" fill="url(#g)"/><circle cx="${x}" cy="150" r="30" fill="${sun}"/>${layers.join('')}</svg>`
}

/** A line of hills around a height. */
function ridge(height: number, swing: number, random: () => number): string {
  const points = Array.from(
    { length: 6 },
    (_, index) => [index * 80, height + (random() - 0.5) * 2 * swing] as const,
  )
  const curve = points.slice(1).map(([x, y], index) => {
    const before = points[index] ?? [0, height]
    const middle = (before[0] + x) / 2
    return `C${middle},${before[1]} ${middle},${y} ${x},${y}`
  })
  return `M0,${points[0]?.[1] ?? height} ${curve.join(' ')} V400 H0Z`
}

/** Deterministic pseudo-random numbers from 0 to 1. */
function seededRandom(word: string): () => number {
  let state = Array.from(word).reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) | 0, 7)
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    return (state >>> 0) / 2 ** 32
  }
}
