import 'putaway/styles.css'
import { cleanup, render, waitFor } from '@testing-library/react'
import { StrictMode } from 'react'
import { afterEach, expect, test, vi } from 'vitest'
import { page } from 'vitest/browser'
import { ImageUploader, UploadProvider } from 'putaway'
import { fakeUploads } from 'putaway/testing'
import { loadRowCode } from '../../src/headless/lazy/load-row-code.ts'
import { loadPageCode } from '../../src/headless/lazy/load-page-code.ts'

const stored = ['a', 'b', 'c', 'd', 'e'].map((name) => ({
  key: name,
  name: `${name}.svg`,
  url: `data:image/svg+xml,${encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"/>')}`,
}))

/** Renders a list of two columns and removes its second image. Returns the moves of the rows: name, x and y in px. */
async function movesOfRemoval(layout: 'grid' | 'list') {
  render(
    <StrictMode>
      <UploadProvider {...fakeUploads<unknown>()}>
        <div style={{ inlineSize: 280 }}>
          <ImageUploader label="Photos" multiple layout={layout} defaultValue={stored} />
        </div>
      </UploadProvider>
    </StrictMode>,
  )
  await Promise.all([loadRowCode(), loadPageCode()])
  await expect.element(page.getByRole('button', { name: 'Remove b.svg' })).toBeVisible()
  await waitFor(() => expect(document.querySelectorAll('img[data-loaded]')).toHaveLength(5))
  const moves: string[][] = []
  vi.spyOn(Element.prototype, 'animate').mockImplementation(function (this: Element, frames) {
    const name = this.querySelector('img')?.getAttribute('alt') ?? 'last'
    moves.push([name.slice(0, 1), String((frames as { translate: string[] }).translate[0])])
    return new Animation()
  })
  const button = page.getByRole('button', { name: 'Remove b.svg' }).element()
  if (button instanceof HTMLElement) button.click()
  await expect.element(page.getByRole('button', { name: 'Remove b.svg' })).not.toBeInTheDocument()
  return moves.map(([name, translate = '']) => {
    const [x = 0, y = 0] = translate
      .split(' ')
      .map((length) => Math.sign(Math.round(Number.parseFloat(length))))
    return `${name} ${x} ${y}`
  })
}

afterEach(() => {
  cleanup()
  vi.restoreAllMocks()
})

test('the neighbors of a removed tile slide from their old positions', async () => {
  // c was at the start of the second line, and d beside it. The tile to add more is the last one.
  expect(await movesOfRemoval('grid')).toEqual(['c -1 1', 'd 1 0', 'e -1 1', 'l 1 0'])
})

test('the rows below a removed row slide up', async () => {
  expect(await movesOfRemoval('list')).toEqual(['c 0 1', 'd 0 1', 'e 0 1'])
})

test('nothing slides with reduced motion', async () => {
  vi.spyOn(window, 'matchMedia').mockReturnValue({ matches: true } as MediaQueryList) // only `matches` is read
  expect(await movesOfRemoval('grid')).toEqual([])
})
