import { StrictMode } from 'react'
import type { CSSProperties } from 'react'
import { act, cleanup, render, waitFor } from '@testing-library/react'
import { renderToString } from 'react-dom/server'
import { afterEach, expect, test } from 'vitest'
import { VirtualRows } from '../../src/headless/virtual/VirtualRows.tsx'

const make = (count: number) => Array.from({ length: count }, (_, index) => ({ id: `row-${index}` }))
let mounts = 0

function Row({ id, ...place }: { id: string }) {
  return (
    <li
      {...place}
      ref={(element) => void (mounts += element ? 1 : 0)}
      data-id={id}
      style={{ height: heightOf(id) }}
    >
      <button type="button">{id}</button>
    </li>
  )
}
/** Heights differ. */
const heightOf = (id: string) => 40 + (Number(id.slice(4)) % 3) * 10

interface ListProps {
  items: readonly { id: string }[]
  list?: CSSProperties
  outside?: CSSProperties
  above?: number
}
function List({ items, list, outside, above = 0 }: ListProps) {
  return (
    <StrictMode>
      <div data-scroller="" style={outside}>
        <div style={{ height: above }} />
        <ul style={{ margin: 0, padding: 0, listStyle: 'none', ...list }}>
          <VirtualRows items={items}>{({ id }, place) => <Row id={id} {...place} />}</VirtualRows>
        </ul>
      </div>
    </StrictMode>
  )
}

const rows = () => [...document.querySelectorAll<HTMLElement>('[data-id]')]
const row = (index: number) => document.querySelector<HTMLElement>(`[data-id="row-${index}"]`)
const listHeight = () => document.querySelector('ul')?.getBoundingClientRect().height ?? 0
/** Waits until only rows near the window are rendered. */
const waitForFewRows = () =>
  waitFor(() => {
    expect(document.querySelector('[data-space]')).not.toBe(null)
    expect(rows().length).toBeLessThan(90)
  })
/** Every visible position has its row: nothing is blank. */
function expectFilled(top = 0, bottom = document.documentElement.clientHeight) {
  for (let y = top + 2; y < bottom; y += 20) {
    expect(document.elementFromPoint(20, y)?.closest('[data-id]'), `at ${y}`).not.toBe(null)
  }
}
async function scrolled(scroll: () => void) {
  await act(async () => {
    scroll()
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
  })
}

afterEach(() => {
  cleanup()
  window.scrollTo(0, 0)
  document.body.style.margin = '0'
})
document.body.style.margin = '0'

test('renders all of up to a hundred rows without position attributes', () => {
  render(<List items={make(100)} />)
  expect(rows()).toHaveLength(100)
  expect(rows().some((each) => each.hasAttribute('aria-posinset'))).toBe(false)
})

test('renders only the rows near the window of five thousand, at the full height of the list', async () => {
  render(<List items={make(5000)} />)
  expect(rows().length).toBeLessThanOrEqual(30)
  await waitFor(() => expect(listHeight()).toBeGreaterThan(5000 * 40))
  expect(listHeight()).toBeCloseTo(5000 * 50, -4)
  expect(rows().length).toBeLessThan(90)
  expect(row(0)?.getAttribute('aria-setsize')).toBe('5000')
  expect(row(0)?.getAttribute('aria-posinset')).toBe('1')
  expectFilled()
})

test('scrolling the page renders the rows at the new position, to the last one', async () => {
  render(<List items={make(5000)} above={300} />)
  await waitForFewRows()
  for (const share of [0.2, 0.7, 1]) {
    await scrolled(() => window.scrollTo(0, document.documentElement.scrollHeight * share))
    expectFilled()
    expect(rows().length).toBeLessThan(90)
  }
  await scrolled(() => window.scrollTo(0, document.documentElement.scrollHeight))
  expect(row(4999)).not.toBe(null)
  expect(row(0)).toBe(null)
})

test('any element can be the scroller', async () => {
  render(<List items={make(3000)} outside={{ height: 300, overflow: 'auto' }} />)
  await waitForFewRows()
  const scroller = document.querySelector('[data-scroller]')
  await scrolled(() => scroller?.scrollTo(0, 60_000))
  expectFilled(0, 300)
  expect(rows().length).toBeLessThan(90)
})

test('rendered rows keep their position while scrolling forth and back', async () => {
  render(<List items={make(2000)} />)
  await waitForFewRows()
  const at = new Map<string, number>()
  const look = () => {
    for (const each of rows()) {
      const y = each.getBoundingClientRect().top + window.scrollY
      const known = at.get(each.dataset.id ?? '')
      if (known !== undefined) expect(Math.abs(known - y)).toBeLessThan(1)
      at.set(each.dataset.id ?? '', y)
    }
  }
  for (let y = 0; y < 4000; y += 250) {
    await scrolled(() => window.scrollTo(0, y))
    look()
  }
  for (let y = 4000; y >= 0; y -= 250) {
    await scrolled(() => window.scrollTo(0, y))
    look()
  }
  expect(at.size).toBeGreaterThan(80)
})

test('a windowed grid keeps its columns', async () => {
  const grid = { display: 'grid', gridTemplateColumns: 'repeat(7, 1fr)', gap: 8 }
  render(<List items={make(3000)} list={grid} />)
  await waitFor(() => expect(document.querySelector('[data-space]')).not.toBe(null))
  await scrolled(() => window.scrollTo(0, 9000))
  const lefts = new Map(
    rows().map((each) => [Number(each.dataset.id?.slice(4)), each.getBoundingClientRect().left]),
  )
  const columns = [...new Set(lefts.values())].sort((a, b) => a - b)
  expect(columns).toHaveLength(7)
  for (const [index, left] of lefts) expect(left).toBe(columns[index % 7])
  expect(rows().length).toBeLessThan(300)
  expect(listHeight()).toBeCloseTo(Math.ceil(3000 / 7) * 68 - 8, -3)
})

test('the focused row and its neighbours stay, however far the list scrolls', async () => {
  render(<List items={make(2000)} />)
  await waitForFewRows()
  const button = row(3)?.querySelector('button')
  button?.focus()
  await scrolled(() => window.scrollTo(0, 50_000))
  expect(document.activeElement).toBe(button)
  expect(row(4)).not.toBe(null)
  expect(row(60)).toBe(null)
  expectFilled()
})

test('a list that grows past a hundred rows and shrinks again keeps the visible rows', async () => {
  const { rerender } = render(<List items={make(100)} />)
  const before = row(2)
  mounts = 0
  rerender(<List items={make(101)} />)
  expect(row(2)).toBe(before)
  expect(rows().length).toBeGreaterThanOrEqual(100)
  await waitForFewRows()
  expect(row(2)).toBe(before)
  rerender(<List items={make(20)} />)
  expect(row(2)).toBe(before)
  expect(rows()).toHaveLength(20)
})

test('content that grows above the list without a scroll renders the rows that become visible', async () => {
  const { rerender } = render(<List items={make(1000)} above={0} outside={{ overflowAnchor: 'none' }} />)
  await waitForFewRows()
  await scrolled(() => window.scrollTo(0, 20_000))
  rerender(<List items={make(1000)} above={5000} outside={{ overflowAnchor: 'none' }} />)
  await waitFor(() => expectFilled())
})

test('the server renders the first rows of a windowed list', () => {
  const markup = renderToString(<List items={make(5000)} />)
  expect(markup.match(/data-id/g)).toHaveLength(15)
})
