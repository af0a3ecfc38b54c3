import 'putaway/styles.css'
import { act, cleanup, render, waitFor } from '@testing-library/react'
import { StrictMode } from 'react'
import type { ReactNode } from 'react'
import { createPortal } from 'react-dom'
import { createRoot } from 'react-dom/client'
import { beforeEach, describe, expect, test } from 'vitest'
import { cdp, page, server, userEvent } from 'vitest/browser'
import { Dropzone, ImageUploader, Upload, UploadProvider, useMultiUpload } from 'putaway'
import { ko } from 'putaway/locales'
import type { UseMultiUpload } from 'putaway'
import { fakeUploads } from 'putaway/testing'

const lists = new Map<string, UseMultiUpload>()

/** Renders a list with a name by `show`. */
function Files({ name, show }: { name: string; show: (uploader: UseMultiUpload) => ReactNode }) {
  const uploader = useMultiUpload()
  lists.set(name, uploader)
  return show(uploader)
}
const taken = (name: string) => lists.get(name)?.items.map(({ file }) => file.name)

async function open(content: ReactNode) {
  const fake = fakeUploads<unknown>({ speed: 0 })
  render(
    <StrictMode>
      <UploadProvider {...fake}>{content}</UploadProvider>
    </StrictMode>,
  )
  await codeIsThere()
}

/** Waits until the zones handle events. The rendering of a slow browser ends with `act`. */
async function codeIsThere() {
  await act(async () => {
    await Promise.all([
      import('../../src/headless/drop/DropHandler.tsx'),
      import('../../src/headless/lazy/page-code.ts'),
    ])
    await new Promise((resolve) => setTimeout(resolve, 50))
  })
}

const zone = (name: string) => (
  <Files name={name} show={(uploader) => <Dropzone {...{ uploader }} label={name} />} />
)

const find = (selector: string) => {
  const found = document.querySelector(selector)
  if (!found) throw new Error(`There is no ${selector}.`)
  return found
}
const zoneOf = (name: string) => {
  const found = page.getByRole('button', { name }).element().closest('[data-part="dropzone"]')
  if (!found) throw new Error(`There is no zone ${name}.`)
  return found
}

const file = (name = 'a.png') => new File(['bytes'], name, { type: 'image/png' })

function dataTransferOf(fill: (data: DataTransfer) => void) {
  const data = new DataTransfer()
  fill(data)
  return data
}
const files = (...names: string[]) =>
  dataTransferOf(({ items }) => names.forEach((name) => items.add(file(name))))
const text = () => dataTransferOf((data) => data.setData('text/plain', 'some text'))
const link = () => dataTransferOf((data) => data.setData('text/uri-list', 'https://example.com/a.png'))

/** Dispatches an event as a browser does. Returns whether the page prevented it. */
function dispatch(type: string, target: EventTarget, dataTransfer: DataTransfer) {
  const event = new DragEvent(type, { bubbles: true, composed: true, cancelable: true, dataTransfer })
  target.dispatchEvent(event)
  return event.defaultPrevented
}
function dropOn(target: EventTarget, data: DataTransfer) {
  const over = ['dragenter', 'dragover'].map((type) => dispatch(type, target, data))
  return [...over, dispatch('drop', target, data)]
}
function paste(target: EventTarget, clipboardData: DataTransfer) {
  const event = new ClipboardEvent('paste', {
    bubbles: true,
    composed: true,
    cancelable: true,
  })
  // Firefox leaves out the `clipboardData` that its constructor is given.
  Object.defineProperty(event, 'clipboardData', { value: clipboardData })
  target.dispatchEvent(event)
  return event.defaultPrevented
}
const settled = () => new Promise((resolve) => setTimeout(resolve, 60))

beforeEach(() => lists.clear())
/** The mouse of WebDriver starts no drag in Firefox. */
const testWithMouse = test.skipIf(server.browser !== 'chromium')
/** Only the protocol of Chromium (CDP) drags files of the disk. */
const testWithDiskFiles = test.skipIf(server.browser !== 'chromium')

describe('a drag of text', () => {
  testWithMouse('dragged text drops into textareas beside and inside a zone, with a real mouse', async () => {
    await open(
      <>
        <input aria-label="source" defaultValue="moved" style={{ display: 'block' }} />
        <textarea aria-label="beside" />
        <Files
          name="zone"
          show={(uploader) => (
            <Dropzone {...{ uploader }}>
              {({ buttonProps }) => (
                <>
                  <button {...buttonProps}>zone</button>
                  <textarea aria-label="inside" />
                </>
              )}
            </Dropzone>
          )}
        />
      </>,
    )
    const source = page.getByLabelText('source').element() as HTMLInputElement
    for (const name of ['beside', 'inside']) {
      const target = page.getByLabelText(name).element() as HTMLTextAreaElement
      source.value = 'moved'
      source.focus()
      source.select()
      // oxlint-disable-next-line no-await-in-loop -- one mouse
      await userEvent.dragAndDrop(source, target, { sourcePosition: { x: 12, y: 10 } })
      // oxlint-disable-next-line no-await-in-loop -- as above
      await waitFor(() => expect(target.value).toBe('moved'))
    }
    expect(taken('zone')).toEqual([])
    expect(find('body').textContent).not.toContain('No file was dropped')
  })

  test.for(['textarea', 'input', '[contenteditable]', '#plain'])(
    'a drag of text is not prevented on %s',
    async (selector) => {
      await open(
        <>
          <textarea />
          <input />
          {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- people write in it */}
          <div contentEditable suppressContentEditableWarning>
            text
          </div>
          <div id="plain">plain</div>
          {zone('zone')}
        </>,
      )
      expect(dropOn(find(selector), text())).toEqual([false, false, false])
      expect(dropOn(find(selector), link())).toEqual([false, false, false])
    },
  )
})

describe('dropped files', () => {
  testWithDiskFiles(
    'accepts files of a real drag, and shows what is held over the zone until it leaves',
    async () => {
      await open(zone('zone'))
      const session = cdp() as unknown as {
        send(method: string, params: object): Promise<unknown>
      }
      const frame = window.frameElement?.getBoundingClientRect()
      const { left, top } = zoneOf('zone').getBoundingClientRect()
      const scale = frame && window.frameElement ? frame.width / innerWidth : 1
      const at = { x: (frame?.left ?? 0) + (left + 30) * scale, y: (frame?.top ?? 0) + (top + 20) * scale }
      const data = { items: [], files: [`${server.config.root}/LICENSE`], dragOperationsMask: 1 }
      const send = (type: string, where: { x: number; y: number } = at) =>
        session.send('Input.dispatchDragEvent', { type, ...where, data })
      await send('dragEnter')
      // A browser repeats dragover while files are held. One second without it means that the drag has ended.
      await waitFor(async () => {
        await send('dragOver')
        expect(zoneOf('zone').getAttribute('data-drag')).toBe('accept')
      })
      await send('dragCancel')
      await waitFor(() => expect(zoneOf('zone').getAttribute('data-drag')).toBe('none'))
      await send('dragEnter')
      await send('dragOver')
      await send('drop')
      await waitFor(() => expect(taken('zone')).toEqual(['LICENSE']))
      expect(zoneOf('zone').getAttribute('data-drag')).toBe('none')
    },
  )

  test('accepts files that arrive while others are still read, and those others too', async () => {
    await open(zone('zone'))
    const reading = DataTransferItem.prototype as { getAsFileSystemHandle?: () => Promise<null> }
    const { getAsFileSystemHandle } = reading
    let read = () => {}
    const late = new Promise<null>((resolve) => (read = () => resolve(null)))
    reading.getAsFileSystemHandle = () => late
    dropOn(zoneOf('zone'), files('early.png'))
    reading.getAsFileSystemHandle = () => Promise.resolve(null)
    for (const name of ['b.png', 'c.png', 'd.png']) {
      dropOn(zoneOf('zone'), files(name))
      // oxlint-disable-next-line no-await-in-loop -- one hand
      await settled()
    }
    read()
    await waitFor(() => expect(taken('zone')).toEqual(['b.png', 'c.png', 'd.png', 'early.png']))
    Object.assign(reading, { getAsFileSystemHandle })
  })

  test('accepts files when react-dropzone cannot read one of them', async () => {
    await open(zone('zone'))
    const reading = DataTransferItem.prototype as { getAsFileSystemHandle?: () => Promise<null> }
    const { getAsFileSystemHandle } = reading
    reading.getAsFileSystemHandle = () => Promise.reject(new Error('gone'))
    dropOn(zoneOf('zone'), files('a.png', 'b.png'))
    Object.assign(reading, { getAsFileSystemHandle })
    await waitFor(() => expect(taken('zone')).toEqual(['a.png', 'b.png']))
  })

  test('files dropped beside a zone do not replace the page, and a file input accepts its own', async () => {
    await open(
      <>
        <div id="plain">plain</div>
        <input type="file" className="native" />
        {zone('zone')}
      </>,
    )
    expect(dropOn(find('#plain'), files('a.png'))).toEqual([false, true, true])
    expect(dropOn(find('.native'), files('a.png'))).toEqual([false, false, false])
    await settled()
    expect(taken('zone')).toEqual([])
  })

  test('disabled zones ignore files, on them and beside them', async () => {
    await open(
      <>
        <div id="plain">plain</div>
        <Files name="zone" show={(uploader) => <Dropzone {...{ uploader }} label="zone" disabled />} />
      </>,
    )
    for (const data of [files('a.png'), text(), link()]) {
      expect(dropOn(zoneOf('zone'), data)).toEqual([false, false, false])
      expect(dropOn(find('#plain'), data)).toEqual([false, false, false])
    }
    await settled()
    expect(taken('zone')).toEqual([])
  })

  test('accepts files when the page prevents all drops, and not when the app does so in the zone', async () => {
    const guard = (event: Event) => event.preventDefault()
    for (const type of ['dragover', 'drop']) {
      document.addEventListener(type, guard, true)
      window.addEventListener(type, guard)
    }
    await open(
      <>
        {zone('guarded')}
        <Files
          name="vetoed"
          show={(uploader) => (
            <Dropzone {...{ uploader }} label="vetoed" onDrop={(event) => event.preventDefault()} />
          )}
        />
      </>,
    )
    dropOn(zoneOf('guarded'), files('a.png'))
    for (const type of ['dragover', 'drop']) document.removeEventListener(type, guard, true)
    dropOn(zoneOf('vetoed'), files('b.png'))
    for (const type of ['dragover', 'drop']) window.removeEventListener(type, guard)
    await waitFor(() => expect(taken('guarded')).toEqual(['a.png']))
    await settled()
    expect(taken('vetoed')).toEqual([])
  })
})

describe('nested zones', () => {
  const nested = (inner: { disabled?: boolean } = {}) => (
    <Files
      name="outer"
      show={(outer) => (
        <Dropzone uploader={outer}>
          {({ buttonProps }) => (
            <>
              <button {...buttonProps}>outer</button>
              <Files
                name="inner"
                show={(uploader) => <Dropzone {...{ uploader, ...inner }} label="inner" />}
              />
            </>
          )}
        </Dropzone>
      )}
    />
  )

  test('the innermost zone accepts dropped and pasted files, and shows what is held', async () => {
    await open(nested())
    dispatch('dragenter', zoneOf('outer'), files('a.png'))
    await waitFor(() => expect(zoneOf('outer').getAttribute('data-drag')).toBe('accept'))
    dispatch('dragenter', zoneOf('inner'), files('a.png'))
    await waitFor(() => expect(zoneOf('inner').getAttribute('data-drag')).toBe('accept'))
    expect(zoneOf('outer').getAttribute('data-drag')).toBe('none')
    dispatch('drop', zoneOf('inner'), files('dropped.png'))
    await waitFor(() => expect(taken('inner')).toEqual(['dropped.png']))

    const button = page.getByRole('button', { name: 'inner' }).element() as HTMLElement
    button.focus()
    expect(paste(button, files('pasted.png'))).toBe(true)
    await waitFor(() => expect(taken('inner')).toEqual(['dropped.png', 'pasted.png']))
    expect(taken('outer')).toEqual([])
  })

  test('a disabled inner zone is ignored: the zone around it accepts the files', async () => {
    await open(nested({ disabled: true }))
    dropOn(zoneOf('inner'), files('a.png'))
    await waitFor(() => expect(taken('outer')).toEqual(['a.png']))
    expect(taken('inner')).toEqual([])
  })

  test('each of two sibling zones accepts its own files', async () => {
    await open(
      <>
        {zone('left')}
        {zone('right')}
      </>,
    )
    dropOn(zoneOf('left'), files('a.png'))
    dropOn(zoneOf('right'), files('b.png'))
    const button = page.getByRole('button', { name: 'right' }).element() as HTMLElement
    button.focus()
    paste(document.body, files('c.png'))
    await waitFor(() => expect(taken('right')).toEqual(['b.png', 'c.png']))
    expect(taken('left')).toEqual(['a.png'])
  })

  test('a portal belongs to its place in the DOM and not in React', async () => {
    await open(
      <Files
        name="outer"
        show={(uploader) => (
          <Upload.Root {...{ uploader }}>
            <Upload.Dropzone>
              <Upload.Input />
              <Upload.Trigger>outer</Upload.Trigger>
              {createPortal(
                <div>
                  <button type="button" id="elsewhere">
                    elsewhere
                  </button>
                  {zone('inner')}
                </div>,
                document.body,
              )}
            </Upload.Dropzone>
          </Upload.Root>
        )}
      />,
    )
    dropOn(find('#elsewhere'), files('a.png'))
    ;(find('#elsewhere') as HTMLElement).focus()
    paste(find('#elsewhere'), files('b.png'))
    dropOn(zoneOf('inner'), files('c.png'))
    await waitFor(() => expect(taken('inner')).toEqual(['c.png']))
    await settled()
    expect(taken('outer')).toEqual([])
  })

  test('the innermost zone accepts files in shadow roots and around them', async () => {
    await open(
      <Files
        name="outer"
        show={(uploader) => (
          <Dropzone {...{ uploader }}>
            {({ buttonProps }) => (
              <>
                <button {...buttonProps}>outer</button>
                <div id="host" />
              </>
            )}
          </Dropzone>
        )}
      />,
    )
    const shadow = find('#host').attachShadow({ mode: 'open' })
    const container = shadow.appendChild(document.createElement('div'))
    const field = shadow.appendChild(document.createElement('textarea'))
    const root = createRoot(container)
    root.render(<UploadProvider {...fakeUploads<unknown>({ speed: 0 })}>{zone('inner')}</UploadProvider>)
    await waitFor(() => expect(shadow.querySelector('button')).not.toBe(null))
    await codeIsThere()
    const button = shadow.querySelector('button')
    if (!button) throw new Error('There is no button.')
    dropOn(button, files('a.png'))
    button.focus()
    paste(document.body, files('b.png'))
    await waitFor(() => expect(taken('inner')).toEqual(['a.png', 'b.png']))
    field.focus()
    paste(
      field,
      dataTransferOf((data) => (data.items.add(file('c.png')), data.setData('text/plain', 'words'))),
    )
    await settled()
    expect(taken('outer')).toEqual([])
    dropOn(field, files('d.png'))
    await waitFor(() => expect(taken('outer')).toEqual(['d.png']))
    root.unmount()
  })
})

test('the innermost of three zones accepts a paste in nested shadow roots, also in a closed one', async () => {
  const roots: ReturnType<typeof createRoot>[] = []
  const holding = (name: string) => (
    <Files
      name={name}
      show={(uploader) => (
        <Dropzone {...{ uploader }}>
          {({ buttonProps }) => (
            <>
              <button {...buttonProps}>{name}</button>
              <div className="host" />
            </>
          )}
        </Dropzone>
      )}
    />
  )
  async function openIn(host: Element | null, mode: ShadowRootMode, name: string) {
    const shadow = host?.attachShadow({ mode })
    if (!shadow) throw new Error('There is no host.')
    const root = createRoot(shadow)
    roots.push(root)
    root.render(<UploadProvider {...fakeUploads<unknown>({ speed: 0 })}>{holding(name)}</UploadProvider>)
    await waitFor(() => expect(shadow.querySelector('button')).not.toBe(null))
    return shadow
  }
  await open(holding('outer'))
  const middle = await openIn(find('.host'), 'open', 'middle')
  const inner = await openIn(middle.querySelector('.host'), 'closed', 'inner')
  await codeIsThere()
  for (const [around, name] of [
    [inner, 'c.png'],
    [middle, 'b.png'],
    [document, 'a.png'],
  ] as const) {
    const button = around.querySelector('button')
    button?.focus()
    paste(button ?? around, files(name))
    dropOn(button ?? around, files(name))
  }
  await waitFor(() =>
    expect(['inner', 'middle', 'outer'].map(taken)).toEqual([
      ['c.png', 'c.png'],
      ['b.png', 'b.png'],
      ['a.png', 'a.png'],
    ]),
  )
  roots.forEach((root) => root.unmount())
})

test('a zone in an iframe accepts its files and leaves text to its fields', async () => {
  const frame = document.body.appendChild(document.createElement('iframe'))
  const view = frame.contentWindow as (Window & typeof globalThis) | null
  if (!view) throw new Error('There is no window.')
  await open(
    createPortal(
      <Files name="zone" show={(uploader) => <Dropzone {...{ uploader }}>{() => <textarea />}</Dropzone>} />,
      view.document.body,
    ),
  )
  const field = view.document.querySelector('textarea')
  const fire = (type: 'drop' | 'dragover' | 'paste', fill: (data: DataTransfer) => void) => {
    const data = new view.DataTransfer()
    fill(data)
    const about = { bubbles: true, cancelable: true, composed: true }
    const event =
      type === 'paste'
        ? Object.defineProperty(new view.ClipboardEvent(type, about), 'clipboardData', { value: data })
        : new view.DragEvent(type, { ...about, dataTransfer: data })
    field?.dispatchEvent(event)
    return event.defaultPrevented
  }
  const addFile = ({ items }: DataTransfer) => items.add(new view.File(['a'], 'a.png', { type: 'image/png' }))
  expect(fire('drop', addFile)).toBe(true)
  await waitFor(() => expect(taken('zone')).toEqual(['a.png']))
  expect(fire('dragover', (data) => data.setData('text/plain', 'words'))).toBe(false)
  field?.focus()
  expect(fire('paste', (data) => (addFile(data), data.setData('text/plain', 'words')))).toBe(false)
  cleanup()
  frame.remove()
})

describe('a paste', () => {
  const withField = (
    <Files
      name="zone"
      show={(uploader) => (
        <Dropzone {...{ uploader }}>
          {({ buttonProps }) => (
            <>
              <button {...buttonProps}>zone</button>
              <textarea />
              <input type="text" />
              <input type="text" id="locked" readOnly />
              {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- people write in it */}
              <div contentEditable suppressContentEditableWarning>
                text
              </div>
            </>
          )}
        </Dropzone>
      )}
    />
  )
  const copied = (...data: (readonly [type: string, value: string])[]) =>
    dataTransferOf((all) => {
      all.items.add(file('image.png'))
      for (const [type, value] of data) all.setData(type, value)
    })
  const img =
    '<html><body><!--StartFragment--><img src="https://example.com/a.png" alt="a"><!--EndFragment--></body></html>'
  const cells =
    '<html><head><meta charset="utf-8"></head><body><table><tr><td>1</td></tr></table></body></html>'
  const cases: [string, () => DataTransfer, boolean][] = [
    ['a screenshot', () => copied(), true],
    ['a picture of a page', () => copied(['text/html', img]), true],
    ['files with their names', () => copied(['text/plain', 'image.png']), true],
    ['files with their paths', () => copied(['text/plain', 'file:///home/me/image.png\r\n']), true],
    [
      'cells of Excel',
      () => copied(['text/html', cells], ['text/plain', '1'], ['text/rtf', '{\\rtf1}']),
      false,
    ],
    ['text as RTF', () => copied(['text/rtf', '{\\rtf1}']), false],
    ['text as HTML', () => copied(['text/html', '<p>words</p>']), false],
    ['a picture and words as HTML', () => copied(['text/html', '<img src="a.png"> words']), false],
    ['two pictures as HTML', () => copied(['text/html', '<img src="a.png"><img src="b.png">']), false],
    ['text', () => copied(['text/plain', 'words']), false],
    ['files with their Windows paths', () => copied(['text/plain', 'C:\\Users\\me\\image.png']), true],
    ['a sentence that ends in a path', () => copied(['text/plain', 'see docs/image.png']), false],
    [
      'a link to a file of the same name',
      () => copied(['text/plain', 'https://example.com/image.png']),
      false,
    ],
  ]

  test.for(cases)('a paste of %s in a text field', async ([, data, isFile]) => {
    await open(withField)
    let count = 0
    for (const selector of ['textarea', 'input[type="text"]', '[contenteditable]']) {
      const field = find(selector) as HTMLElement
      field.focus()
      expect(paste(field, data()), selector).toBe(isFile)
      if (isFile) count += 1
    }
    await settled()
    expect(taken('zone')).toHaveLength(count)
  })

  test.for(cases)(
    'a paste of %s with focus on the button, or in a read-only field, adds files',
    async ([, data]) => {
      await open(withField)
      const button = page.getByRole('button', { name: 'zone' }).element() as HTMLElement
      button.focus()
      // Firefox dispatches the event on this element.
      expect(paste(document.body, data())).toBe(true)
      ;(find('#locked') as HTMLElement).focus()
      expect(paste(find('#locked'), data())).toBe(true)
      await waitFor(() => expect(taken('zone')).toHaveLength(2))
    },
  )

  test('text wins in a closed shadow root, and in an element with an EditContext', async () => {
    await open(
      <Files
        name="zone"
        show={(uploader) => (
          <Dropzone {...{ uploader }}>
            {() => (
              <>
                <div id="host" />
                {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- people write in it */}
                <div id="drawn" tabIndex={0} />
              </>
            )}
          </Dropzone>
        )}
      />,
    )
    const hidden = find('#host')
      .attachShadow({ mode: 'closed' })
      .appendChild(document.createElement('textarea'))
    const drawn = find('#drawn') as HTMLElement
    const { EditContext } = window as unknown as { EditContext?: new () => object } // not in TypeScript's DOM
    if (EditContext) Object.assign(drawn, { editContext: new EditContext() })
    // Only Chromium has EditContext.
    for (const field of EditContext ? [hidden, drawn] : [hidden]) {
      field.focus()
      expect(paste(field, copied(['text/plain', 'words']))).toBe(false)
      expect(paste(field, copied())).toBe(true)
    }
    await waitFor(() => expect(taken('zone')).toHaveLength(EditContext ? 2 : 1))
  })

  test('a paste with focus elsewhere does not reach the zone for any target', async () => {
    await open(
      <>
        <textarea id="beside" />
        {withField}
      </>,
    )
    ;(find('#beside') as HTMLElement).focus()
    expect(paste(find('#beside'), files('a.png'))).toBe(false)
    expect(paste(zoneOf('zone'), files('b.png'))).toBe(false)
    ;(find('#beside') as HTMLElement).blur()
    expect(paste(document.body, files('c.png'))).toBe(false)
    await settled()
    expect(taken('zone')).toEqual([])
  })
})

describe('drops without a file', () => {
  const sentence = 'No file was dropped. Save it on your device, then choose it here.'
  const layouts = ['card', 'avatar', 'grid', 'list'] as const

  test.for([
    ['a link', link],
    ['text', text],
    [
      'a picture in Firefox',
      () => dataTransferOf((data) => data.setData('text/x-moz-url', 'https://example.com/a.png')),
    ],
  ] as const)('%s that is dropped shows and announces a problem until a file is added', async ([, data]) => {
    await open(
      <Files
        name="zone"
        show={(uploader) => <ImageUploader {...{ uploader }} layout="list" label="Photos" />}
      />,
    )
    const target = zoneOf('Add images')
    expect(dropOn(target, data())).toEqual([true, true, true])
    expect(target.getAttribute('data-drag')).toBe('none')
    await expect.element(page.getByText(sentence, { exact: true }).first()).toBeVisible()
    await waitFor(() => expect(find('[role="status"]').textContent).toContain(sentence))
    expect(taken('zone')).toEqual([])
    dropOn(target, files('a.png'))
    await waitFor(() => expect(taken('zone')).toEqual(['a.png']))
    await waitFor(() => expect(find('.putaway-field .putaway-dropzone').textContent).not.toContain(sentence))
  })

  test.for(layouts)('shows a drop without a file in a %s, in Korean too', async (layout) => {
    await open(<ImageUploader {...{ layout }} messages={ko} />)
    dropOn(find('[data-part="dropzone"]'), text())
    const words = page
      .getByText('놓은 항목에 파일이 없습니다. 기기에 저장한 뒤 여기에서 선택해 주세요.')
      .first()
    await expect.element(words).toBeVisible()
  })

  testWithMouse('refuses a picture of the page itself, with a real mouse, and shows the reason', async () => {
    await open(
      <>
        <img id="picture" alt="A square" width={60} height={60} src={await picture()} />
        {zone('zone')}
      </>,
    )
    await userEvent.dragAndDrop(find('#picture'), zoneOf('zone'))
    await expect.element(page.getByText(sentence)).toBeVisible()
    expect(taken('zone')).toEqual([])
  })

  test('accepts a picture of another page when the browser provides its file', async () => {
    await open(zone('zone'))
    const data = dataTransferOf((all) => {
      all.items.add(file('a.png'))
      all.setData('text/html', '<img src="https://example.com/a.png">')
      all.setData('text/uri-list', 'https://example.com/a.png')
    })
    expect(dropOn(zoneOf('zone'), data)).toEqual([true, true, true])
    await waitFor(() => expect(taken('zone')).toEqual(['a.png']))
  })

  test('ignores drags of the app and moves within the zone', async () => {
    await open(
      <>
        {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- it is dragged */}
        <div id="card" draggable="true">
          card
        </div>
        <Files
          name="zone"
          show={(uploader) => (
            <Dropzone {...{ uploader }}>
              {({ buttonProps, problem }) => (
                <>
                  <button {...buttonProps}>zone</button>
                  <a href="#inside" id="inside">
                    link
                  </a>
                  <p>{problem}</p>
                </>
              )}
            </Dropzone>
          )}
        />
      </>,
    )
    for (const selector of ['#card', '#inside']) {
      dispatch('dragstart', find(selector), text())
      expect(dropOn(zoneOf('zone'), text()), selector).toEqual([false, false, false])
      dispatch('dragend', find(selector), text())
    }
    dispatch('dragstart', find('#card'), text())
    dispatch('dragend', find('#card'), text())
    expect(dropOn(zoneOf('zone'), files('a.png'))).toEqual([true, true, true])
    await waitFor(() => expect(taken('zone')).toEqual(['a.png']))
  })

  test('a drag whose element is gone ends with the next move of the pointer', async () => {
    await open(
      <>
        <a id="gone" href="#gone">
          gone
        </a>
        {zone('zone')}
      </>,
    )
    dispatch('dragstart', find('#gone'), link())
    dropOn(zoneOf('zone'), files('early.png'))
    await settled()
    window.dispatchEvent(new PointerEvent('pointermove'))
    dropOn(zoneOf('zone'), files('a.png'))
    await waitFor(() => expect(taken('zone')).toEqual(['a.png']))
  })
})

async function picture() {
  const canvas = new OffscreenCanvas(60, 60)
  canvas.getContext('2d')?.fillRect(0, 0, 60, 60)
  return URL.createObjectURL(await canvas.convertToBlob())
}
