import 'putaway/styles.css'
import { cleanup, render, waitFor } from '@testing-library/react'
import type { CSSProperties, ReactElement, ReactNode } from 'react'
import { beforeEach, describe, expect, test } from 'vitest'
import { page } from 'vitest/browser'
import {
  Dropzone,
  FileUploader,
  ImageUploader,
  ProgressBar,
  UploadList,
  UploadProgress,
  UploadProvider,
  UploadTray,
  useMultiUpload,
} from 'putaway'
import type { UseMultiUpload } from 'putaway'
import { fakeUploads } from 'putaway/testing'

/** Parents that are as wide as their content. */
const parents: Readonly<Record<string, (content: ReactNode) => ReactElement>> = {
  'an inline-block': (content) => <div style={{ display: 'inline-block' }}>{content}</div>,
  'a fit-content box': (content) => <div style={{ width: 'fit-content' }}>{content}</div>,
  'a max-content box': (content) => <div style={{ width: 'max-content' }}>{content}</div>,
  'a min-content box': (content) => <div style={{ width: 'min-content' }}>{content}</div>,
  'a plain dialog': (content) => <dialog open>{content}</dialog>,
  'a modal dialog': (content) => (
    <dialog ref={(element) => void (element?.isConnected && !element.open && element.showModal())}>
      {content}
    </dialog>
  ),
  'a popover': (content) => (
    <div popover="manual" ref={(element) => element?.showPopover()}>
      {content}
    </div>
  ),
  'a flex row': (content) => (
    <div style={{ display: 'flex' }}>
      {content}
      <span>beside</span>
    </div>
  ),
  'an inline flex row': (content) => <div style={{ display: 'inline-flex' }}>{content}</div>,
  'a centred flex column': (content) => (
    <div style={{ display: 'flex', flexDirection: 'column', alignItems: 'center' }}>{content}</div>
  ),
  'a flex item in a row': (content) => (
    <div style={{ display: 'flex' }}>
      <div>{content}</div>
      <div style={{ flex: 1 }}>beside</div>
    </div>
  ),
  'a table cell': (content) => (
    <table>
      <tbody>
        <tr>
          <td>{content}</td>
          <td>beside</td>
        </tr>
      </tbody>
    </table>
  ),
  'an auto grid column': (content) => (
    <div style={{ display: 'grid', gridTemplateColumns: 'auto 1fr' }}>
      {content}
      <span>beside</span>
    </div>
  ),
  'a min-content grid column': (content) => (
    <div style={{ display: 'grid', gridTemplateColumns: 'min-content 1fr' }}>
      {content}
      <span>beside</span>
    </div>
  ),
  'a centred grid': (content) => <div style={{ display: 'grid', placeItems: 'center' }}>{content}</div>,
  'a float': (content) => <div style={{ float: 'left' }}>{content}</div>,
  'an absolute box': (content) => <div style={{ position: 'absolute' }}>{content}</div>,
  'a fieldset': (content) => <fieldset style={{ display: 'inline-block' }}>{content}</fieldset>,
}

const stored = { key: 'a', name: 'a.png' }

interface Shown {
  readonly show: (uploader: UseMultiUpload) => ReactNode
  /** The minimum useful width in pixels. */
  readonly least: number
  /** Pixels that may exceed the edge. Default: 0, so that a page has no sideways scroll. */
  readonly overhang?: number
}

const shown: Readonly<Record<string, Shown>> = {
  'an ImageUploader': { show: () => <ImageUploader />, least: 190 },
  'an ImageUploader with an image': { show: () => <ImageUploader defaultValue={stored} />, least: 190 },
  'an avatar': { show: () => <ImageUploader layout="avatar" />, least: 190 },
  'a grid': { show: () => <ImageUploader multiple />, least: 190 },
  'a grid with an image': { show: () => <ImageUploader multiple defaultValue={[stored]} />, least: 190 },
  'a list': { show: () => <ImageUploader multiple layout="list" defaultValue={[stored]} />, least: 190 },
  'a FileUploader': { show: () => <FileUploader multiple defaultValue={[stored]} />, least: 190 },
  'a compact FileUploader': {
    show: () => <FileUploader layout="compact" multiple defaultValue={[stored]} />,
    least: 90,
  },
  'a Dropzone': { show: (uploader) => <Dropzone {...{ uploader }} />, least: 90 },
  'a Dropzone with a description': {
    show: (uploader) => <Dropzone {...{ uploader }} description="PNG or JPEG" />,
    least: 90,
  },
  'an UploadList': { show: (uploader) => <UploadList {...{ uploader }} />, least: 150 },
  // The padding of its quiet buttons exceeds the edge, so that their texts are aligned.
  'an UploadProgress': {
    show: (uploader) => <UploadProgress {...{ uploader }} showSpeed />,
    least: 64,
    overhang: 8,
  },
  'a ProgressBar': { show: () => <ProgressBar value={0.4} />, least: 60 },
}

const frame = { width: 900 } satisfies CSSProperties

function App({ show, around }: Pick<Shown, 'show'> & { around: (content: ReactNode) => ReactNode }) {
  const uploader = useMultiUpload({ concurrency: 0 })
  return (
    <>
      <button
        type="button"
        onClick={() => uploader.add([new File(['a'], 'beach at dawn.png', { type: 'image/png' })])}
      >
        Fill
      </button>
      {around(show(uploader))}
    </>
  )
}

async function measured(show: Shown['show'], around: (content: ReactNode) => ReactNode, filled: boolean) {
  const fake = fakeUploads<unknown>({ speed: 0 })
  const { container } = render(
    <UploadProvider {...fake}>
      <App {...{ show, around }} />
    </UploadProvider>,
  )
  if (filled) container.querySelector('button')?.click()
  return waitFor(() => {
    const found = container.querySelector<HTMLElement>('[data-putaway]')
    if (!found) throw new Error('It is not there yet.')
    return found
  })
}

beforeEach(() => page.viewport(1000, 700))
describe.for(Object.entries(shown))('%s', ([name, { show, least, overhang = 0 }]) => {
  const filled = /UploadList|UploadProgress/.test(name)

  test.for(Object.entries(parents))('has a width in %s', async ([, around]) => {
    const element = await measured(show, (content) => <div style={frame}>{around(content)}</div>, filled)
    const { width } = element.getBoundingClientRect()
    expect(width).toBeGreaterThan(least)
    expect(width).toBeLessThanOrEqual(900)
    // `scrollWidth` is rounded to whole pixels.
    expect(element.scrollWidth).toBeLessThanOrEqual(Math.ceil(width + overhang))
  })

  test.for([200, 240, 280, 328])(
    'overflows no box of %i px that is as wide as its content',
    async (available) => {
      const element = await measured(
        show,
        (content) => (
          <div style={{ width: available }}>
            <div style={{ display: 'inline-block' }}>{content}</div>
          </div>
        ),
        filled,
      )
      expect(element.getBoundingClientRect().width).toBeLessThanOrEqual(available)
      expect(element.scrollWidth).toBeLessThanOrEqual(available + overhang)
    },
  )

  test.for([320, 640, 900])('is as wide as a block of %i px', async (available) => {
    const element = await measured(
      show,
      (content) => <div style={{ width: available }}>{content}</div>,
      filled,
    )
    expect(element.getBoundingClientRect().width).toBe(available)
  })
})

const uploaders: Readonly<Record<string, ReactElement>> = {
  'an ImageUploader': <ImageUploader maxSize="1KB" />,
  'an avatar': <ImageUploader layout="avatar" maxSize="1KB" />,
  'a grid': <ImageUploader multiple maxSize="1KB" />,
  'a list': <ImageUploader multiple layout="list" maxSize="1KB" />,
  'a FileUploader': <FileUploader multiple maxSize="1KB" />,
  'a compact FileUploader': <FileUploader layout="compact" maxSize="1KB" />,
}
const longName = `${'beach-at-dawn-'.repeat(12)}.png`

async function choose(element: HTMLElement, file: File) {
  const input = await waitFor(() => {
    const found = element.querySelector<HTMLInputElement>('input[type="file"]')
    if (!found) throw new Error('There is no input.')
    return found
  })
  const chosen = new DataTransfer()
  chosen.items.add(file)
  input.files = chosen.files
  input.dispatchEvent(new Event('change', { bubbles: true }))
}

test.for(Object.entries(uploaders))('%s shows a rejected file at every width', async ([, uploader]) => {
  const show = () => uploader
  const around = (content: ReactNode) => <div id="box">{content}</div>
  const element = await measured(show, around, false)
  await choose(element, new File(['a'.repeat(2000)], longName, { type: 'image/png' }))
  const rejection = await waitFor(() => {
    const found = element.querySelector<HTMLElement>('.putaway-rejection')
    if (!found) throw new Error('No rejection is shown.')
    return found
  })
  const box = document.querySelector<HTMLElement>('#box')
  for (const width of [200, 240, 280, 328, 640]) {
    if (box) box.style.width = `${width}px`
    expect(element.scrollWidth, `${width} px`).toBeLessThanOrEqual(width)
    const { left, right } = rejection.getBoundingClientRect()
    expect(right - left, `${width} px`).toBeGreaterThan(90)
    expect(right, `${width} px`).toBeLessThanOrEqual(element.getBoundingClientRect().left + width)
  }
})

test.for(['card', 'avatar'] as const)('the picture of a %s is square beside long texts', async (layout) => {
  const element = await measured(
    () => <ImageUploader layout={layout} description={longName} />,
    (content) => <div style={{ width: 420 }}>{content}</div>,
    false,
  )
  await choose(element, new File(['a'], longName, { type: 'image/png' }))
  await waitFor(() => expect(element.querySelector('.putaway-veil')).toBeInTheDocument())
  const { width = 0, height } = element.querySelector('.putaway-tile')?.getBoundingClientRect() ?? {}
  expect(element.getBoundingClientRect().height).toBeGreaterThan(width + 32)
  expect(height).toBe(width)
})

test('UploadTray has its width in any parent, and fits a phone', async () => {
  for (const viewport of [1000, 320]) {
    // oxlint-disable-next-line no-await-in-loop -- one window
    await page.viewport(viewport, 700)
    const tray = (
      <div style={{ display: 'inline-block' }}>
        <UploadTray />
      </div>
    )
    // oxlint-disable-next-line no-await-in-loop -- as above
    const element = await measured(
      () => tray,
      (content) => content,
      true,
    )
    expect(element.getBoundingClientRect().width).toBe(Math.min(380, viewport - 32))
    cleanup()
  }
})

test.each([
  ['a page without dir', undefined, undefined, 'left'],
  ['a page from right to left', 'rtl', undefined, 'right'],
  ['a component from right to left', 'ltr', 'rtl', 'right'],
  ['a component from left to right', 'rtl', 'ltr', 'left'],
] as const)('the progress of %s grows from its start', async (_what, pageDirection, direction, start) => {
  render(
    <div dir={pageDirection}>
      <div dir={direction} style={{ width: 400 }}>
        <ProgressBar value={0.25} />
      </div>
    </div>,
  )
  const bar = document.querySelector('.putaway-progress')?.getBoundingClientRect() ?? new DOMRect()
  await waitFor(() => {
    const fill = document.querySelector('.putaway-progress-fill')?.getBoundingClientRect() ?? new DOMRect()
    const filled = { left: fill.right - bar.left, right: bar.right - fill.left }
    expect(filled[start] / bar.width).toBeCloseTo(0.25)
  })
})
