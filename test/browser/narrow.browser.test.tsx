import 'putaway/styles.css'
import * as RadixDialog from '@radix-ui/react-dialog'
import { cleanup, render, waitFor } from '@testing-library/react'
import type { ReactNode } from 'react'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { page } from 'vitest/browser'
import { FileUploader, ImageUploader, UploadI18nProvider, UploadList, UploadProgress } from 'putaway'
import type { UseMultiUpload, UseUpload } from 'putaway'
import { languages } from '../../stories/languages.ts'
import { SceneList, SceneUpload } from '../../stories/scenes.tsx'
import type { Scene } from '../../stories/scenes.tsx'
import { picture } from '../../stories/pictures.ts'

const shown = {
  label: 'Bewerbungsunterlagen und Nachweise',
  description: 'PNG- oder JPEG-Dateien, höchstens 5 MB je Datei',
}
const scenes: readonly (readonly [Scene, File])[] = [
  ['uploading', picture('Lofoten.jpg', 'dawn')],
  ['error', picture('Donaudampfschifffahrtsgesellschaft_2026-final.jpeg', 'fjord')],
  ['finishing', picture('Erg Chebbi.webp', 'dunes')],
  ['done', picture('Geburtstagsfeier bei den Großeltern am See.jpeg', 'forest')],
  ['canceled', picture('Alpine meadow.png', 'meadow')],
  ['error', picture('Provence.jpg', 'rose')],
  ['idle', picture('Glacier.jpg', 'glacier')],
]

/** A busy machine takes long for the first upload of a page. */
const patience = { timeout: 25_000 }

const list = (show: (uploader: UseMultiUpload) => ReactNode) => (
  <SceneList scenes={scenes} options={{ maxFiles: 12 }}>
    {show}
  </SceneList>
)
const singles = (show: (uploader: UseUpload) => ReactNode) =>
  scenes.slice(0, 4).map((scene) => (
    <SceneUpload key={scene[1].name} scenes={[scene]}>
      {show}
    </SceneUpload>
  ))

const layouts: Readonly<Record<string, () => ReactNode>> = {
  grid: () => list((uploader) => <ImageUploader uploader={uploader} {...shown} layout="grid" />),
  list: () => list((uploader) => <ImageUploader uploader={uploader} {...shown} layout="list" />),
  compact: () => list((uploader) => <FileUploader uploader={uploader} {...shown} layout="compact" />),
  card: () => singles((uploader) => <ImageUploader uploader={uploader} {...shown} layout="card" showSpeed />),
  avatar: () => singles((uploader) => <ImageUploader uploader={uploader} {...shown} layout="avatar" />),
  uploads: () =>
    list((uploader) => (
      <>
        <UploadProgress uploader={uploader} showSpeed />
        <UploadList uploader={uploader} showSpeed />
      </>
    )),
}

const places: Readonly<Record<string, (content: ReactNode, width: number) => ReactNode>> = {
  'a block': (content, width) => <div style={{ width }}>{content}</div>,
  'a Radix dialog': (content, width) => (
    <RadixDialog.Root open>
      <RadixDialog.Portal>
        <RadixDialog.Content aria-describedby={undefined} style={{ width }}>
          <RadixDialog.Title>Host</RadixDialog.Title>
          {content}
        </RadixDialog.Content>
      </RadixDialog.Portal>
    </RadixDialog.Root>
  ),
  'a flex row': (content, width) => (
    <div style={{ display: 'flex', width }}>
      <div style={{ flex: 1, minWidth: 0 }}>{content}</div>
    </div>
  ),
  'a table cell': (content, width) => (
    <table style={{ borderSpacing: 0, tableLayout: 'fixed', width }}>
      <tbody>
        <tr>
          <td style={{ padding: 0 }}>{content}</td>
        </tr>
      </tbody>
    </table>
  ),
}

async function showLayout(layout: string, width: number, place = 'a block') {
  render(
    <UploadI18nProvider messages={languages.de}>
      {places[place]?.(layouts[layout]?.(), width)}
    </UploadI18nProvider>,
  )
  const rows = layout === 'card' || layout === 'avatar' ? 4 : 7
  await waitFor(() => {
    expect(document.querySelectorAll('[data-row]')).toHaveLength(rows)
    expect(document.querySelectorAll('[data-status="error"]').length).toBeGreaterThan(0)
    expect(document.querySelector('[data-status="finishing"]')).not.toBe(null)
  }, patience)
  await document.fonts.ready
}

const isSeen = (element: Element) => element.checkVisibility() && !element.closest('.putaway-live')
/** The box of the letters. A box may be wider than its text. */
function textBox(element: Element): DOMRect {
  const range = document.createRange()
  range.selectNodeContents(element)
  return range.getBoundingClientRect()
}
const describeBox = (element: Element) => `${element.className || element.tagName}: ${element.textContent}`

/** Texts and buttons that leave the field, that are cut, or that cover each other. */
function faults(): string[] {
  const found: string[] = []
  const roots = [...document.querySelectorAll('.putaway-field, .putaway-uploads, .putaway-overall')]
  for (const root of roots) {
    const frame = root.getBoundingClientRect()
    const texts = [
      ...root.querySelectorAll(
        '.putaway-label, .putaway-count, .putaway-description, .putaway-status-text, .putaway-veil-text, .putaway-name, .putaway-size, .putaway-add-label',
      ),
    ].filter(isSeen)
    const buttons = [...root.querySelectorAll('button:not(.putaway-open)')].filter(isSeen)
    for (const element of [...texts, ...buttons]) {
      const box = element.getBoundingClientRect()
      if (box.left < frame.left - 8.5 || box.right > frame.right + 8.5)
        found.push(`leaves the field: ${describeBox(element)}`)
    }
    for (const element of [...texts, ...buttons]) {
      if (element.matches('.putaway-name')) continue
      // A tile, a button, a row, a card.
      const holder = element.closest('.putaway-tile, .putaway-add, .putaway-row, .putaway-card')
      const box = textBox(element)
      const limit = holder?.getBoundingClientRect()
      if (
        limit &&
        (box.bottom > limit.bottom + 1 || box.right > limit.right + 8.5 || box.left < limit.left - 8.5)
      )
        found.push(`is cut: ${describeBox(element)}`)
      if (element.scrollHeight > element.clientHeight + 1 && getComputedStyle(element).overflow !== 'visible')
        found.push(`hides text: ${describeBox(element)}`)
    }
    const boxes = [...texts, ...buttons].map((element) => {
      // The start of a long name is cut, and its range has the letters that are not shown.
      const isName = element.matches('.putaway-name')
      return [element, isName ? element.getBoundingClientRect() : textBox(element)] as const
    })
    for (const [index, [element, a]] of boxes.entries()) {
      for (const [other, b] of boxes.slice(index + 1)) {
        if (element.contains(other) || other.contains(element)) continue
        const across = Math.min(a.right, b.right) - Math.max(a.left, b.left)
        const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)
        if (across > 1 && down > 3)
          found.push(`cover each other: ${describeBox(element)} | ${describeBox(other)}`)
      }
    }
  }
  return [...new Set(found)]
}

beforeEach(() => page.viewport(1000, 900))
afterEach(() => {
  cleanup()
  document.querySelector('style[data-spacing]')?.remove()
})

describe.for(Object.keys(layouts))('with German texts %s', (layout) => {
  test.for([200, 240, 320, 390])('fits %i px', async (width) => {
    await showLayout(layout, width)
    expect(faults()).toEqual([])
  })

  test('fits 256 px with the text spacing of WCAG 1.4.12, and cuts no reason', async () => {
    const style = document.head.appendChild(document.createElement('style'))
    style.dataset.spacing = ''
    style.textContent =
      '* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-block-end: 2em !important }'
    await showLayout(layout, 256)
    expect(faults()).toEqual([])
  })
})

describe.for(['grid', 'card', 'compact'])('%s in a narrow place', (layout) => {
  test.for(Object.keys(places))('fits 240 px of %s', async (place) => {
    await showLayout(layout, 240, place)
    expect(faults()).toEqual([])
  })
})
