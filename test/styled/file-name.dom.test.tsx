import { render } from '@testing-library/react'
import { expect, test } from 'vitest'
import { FileName } from '../../src/styled/Row/FileName.tsx'

/** The parts of a shown name: folder, start and end. */
function partsOf(name: string) {
  const { container } = render(<FileName name={name} />)
  const text = (selector: string) => container.querySelector(selector)?.textContent ?? ''
  return [text('.putaway-path'), text('.putaway-name-start'), text('.putaway-name-end')]
}

test.each([
  ['beach.jpg', ['', 'beach.jpg', '']],
  ['a name of 24 letters.jpeg', ['', 'a name of 24 let', 'ters.jpeg']],
  ['Lease agreement 2026, signed by both.pdf', ['', 'Lease agreement 2026, signed by ', 'both.pdf']],
  ['a long name without any extension at all', ['', 'a long name without any extension at', ' all']],
  ['album/2026/beach.jpg', ['album/2026/', 'beach.jpg', '']],
])('%s is shown as %j', (name, parts) => {
  expect(partsOf(name)).toEqual(parts)
})

test('a family of emoji is one letter', () => {
  const family = '👨‍👩‍👧‍👦'
  const [, start, end] = partsOf(`our holiday in the summer of 2026 ${family}${family}.png`)
  expect(start).toBe('our holiday in the summer of 202')
  expect(end).toBe(`6 ${family}${family}.png`)
})

test('a Hangul name from macOS is composed, and is cut between syllables', () => {
  const name = '여름에 제주도에서 우리 가족이 찍은 사진 모음집.hwpx'
  const [, start = '', end = ''] = partsOf(name.normalize('NFD'))
  expect(start + end).toBe(name)
  expect(end).toBe(' 모음집.hwpx')
})

test('a long name is whole in its title', () => {
  const { container } = render(<FileName name="album/beach.jpg" />)
  expect(container.firstElementChild).toHaveAttribute('title', 'album/beach.jpg')
})
