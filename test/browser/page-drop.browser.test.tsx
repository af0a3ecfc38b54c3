import 'putaway/styles.css'
import { act, cleanup, render, waitFor } from '@testing-library/react'
import { StrictMode, useState } from 'react'
import type { ReactNode } from 'react'
import { beforeEach, describe, expect, test } from 'vitest'
import { cdp, page, server } from 'vitest/browser'
import {
  Dropzone,
  FileUploader,
  Upload,
  UploadI18nProvider,
  UploadPageDrop,
  UploadProvider,
  useMultiUpload,
  useUpload,
} from 'putaway'
import { ko } from 'putaway/locales'
import type { UseMultiUpload } from 'putaway'
import { fakeUploads } from 'putaway/testing'

const lists = new Map<string, UseMultiUpload>()
const taken = (name: string) => lists.get(name)?.items.map(({ file }) => file.name)

interface ComposerProps {
  readonly name: string
  readonly options?: Parameters<typeof useMultiUpload>[0]
  readonly disabled?: boolean
  readonly children?: ReactNode
}

/** A message with a text field, which takes files from the whole page. */
function Composer({ name, options, disabled, children }: ComposerProps) {
  const uploader = useMultiUpload(options)
  lists.set(name, uploader)
  return (
    <Upload.Root {...{ uploader, disabled }}>
      <textarea aria-label={`message to ${name}`} />
      {children}
      <Upload.Rejections />
      <Upload.LiveRegion />
      <Upload.PageDrop label={name} />
    </Upload.Root>
  )
}

function Zone({ name }: { readonly name: string }) {
  const uploader = useMultiUpload()
  lists.set(name, uploader)
  return <Dropzone {...{ uploader }} label={name} />
}

async function open(content: ReactNode) {
  const rendered = render(
    <StrictMode>
      <UploadProvider {...fakeUploads<unknown>({ speed: 0 })}>{content}</UploadProvider>
    </StrictMode>,
  )
  await codeIsThere()
  return rendered
}

async function codeIsThere() {
  await act(async () => {
    await Promise.all([
      import('../../src/headless/drop/DropHandler.tsx'),
      import('../../src/headless/drop/page-targets.ts'),
      import('../../src/headless/lazy/page-code.ts'),
    ])
    await new Promise((resolve) => setTimeout(resolve, 50))
  })
}

const find = (selector: string, root: ParentNode = document) => {
  const found = root.querySelector<HTMLElement>(selector)
  if (!found) throw new Error(`There is no ${selector}.`)
  return found
}
const zoneOf = (name: string) => {
  const found = page.getByRole('button', { name }).element().closest('[data-part="dropzone"]')
  if (!found) throw new Error(`There is no zone ${name}.`)
  return found
}
const overlay = () => find('[data-part="page-drop"]')
const isShown = (element = overlay()) => element.checkVisibility()
const shownTexts = () =>
  [...document.querySelectorAll<HTMLElement>('[data-part="page-drop"]')]
    .filter((each) => each.checkVisibility())
    .map(({ textContent }) => textContent)

const file = (name = 'a.png', type = 'image/png') => new File(['bytes'], name, { type })
function transferOf(...content: (File | readonly [type: string, value: string])[]) {
  const data = new DataTransfer()
  for (const each of content) {
    if (each instanceof File) data.items.add(each)
    else data.setData(each[0], each[1])
  }
  return data
}

/** Dispatches an event as a browser does. Returns whether the page prevented it, and the effect. */
function dispatch(type: string, target: EventTarget, dataTransfer = transferOf(file())) {
  const event = new DragEvent(type, { bubbles: true, composed: true, cancelable: true, dataTransfer })
  act(() => void target.dispatchEvent(event))
  return event.defaultPrevented
}
function dragOver(target: EventTarget, data = transferOf(file())) {
  dispatch('dragenter', target, data)
  return dispatch('dragover', target, data)
}
function paste(target: EventTarget, clipboardData = transferOf(file('pasted.png'))) {
  const event = new ClipboardEvent('paste', { bubbles: true, composed: true, cancelable: true })
  // Firefox leaves out the `clipboardData` that its constructor is given.
  Object.defineProperty(event, 'clipboardData', { value: clipboardData })
  target.dispatchEvent(event)
  return event.defaultPrevented
}
const settled = () => act(() => new Promise((resolve) => setTimeout(resolve, 60)))

beforeEach(() => lists.clear())
describe('files over the page', () => {
  test('shows an overlay that names the target, and takes files that are dropped anywhere', async () => {
    await open(<Composer name="General" />)
    expect(isShown()).toBe(false)
    const { scrollHeight, scrollWidth } = document.documentElement
    expect(dragOver(document.body)).toBe(true)
    expect(shownTexts()).toEqual(['Drop files to add them to General'])
    expect(overlay().matches(':popover-open')).toBe(true)
    expect(overlay().getAttribute('aria-hidden')).toBe('true')
    const { documentElement } = document
    expect([documentElement.scrollHeight, documentElement.scrollWidth]).toEqual([scrollHeight, scrollWidth])
    // The elements below receive the events.
    expect(getComputedStyle(overlay()).pointerEvents).toBe('none')
    expect(dispatch('drop', document.body)).toBe(true)
    expect(isShown()).toBe(false)
    await waitFor(() => expect(taken('General')).toEqual(['a.png']))
    // The announcement is the one of a dropzone.
    await waitFor(() => expect(find('[data-part="live"]').textContent).toBe('Uploading a.png.'))
  })

  test('takes files over its own text field', async () => {
    await open(<Composer name="General" />)
    expect(dragOver(find('textarea'))).toBe(true)
    dispatch('drop', find('textarea'))
    await waitFor(() => expect(taken('General')).toEqual(['a.png']))
  })

  test.for([
    ['a text', () => transferOf(['text/plain', 'words'])],
    ['a link', () => transferOf(['text/uri-list', 'https://example.com/a.png'])],
  ] as const)('ignores %s', async ([, data]) => {
    await open(<Composer name="General" />)
    expect(dragOver(document.body, data())).toBe(false)
    expect(dispatch('drop', document.body, data())).toBe(false)
    expect(isShown()).toBe(false)
  })

  test('ignores a drag that began in the page, for example of a picture', async () => {
    await open(
      <Composer name="General">
        <img alt="cat" src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" />
      </Composer>,
    )
    dispatch('dragstart', page.getByAltText('cat').element())
    expect(dragOver(document.body)).toBe(false)
    expect(isShown()).toBe(false)
    dispatch('dragend', document.body)
    expect(dragOver(document.body)).toBe(true)
    expect(isShown()).toBe(true)
  })

  test('the overlay disappears a second after the last dragover, and when the drag leaves the page', async () => {
    await open(<Composer name="General" />)
    dragOver(document.body)
    expect(isShown()).toBe(true)
    dispatch('dragleave', document.body)
    expect(isShown()).toBe(false)
    dragOver(document.body)
    await act(() => new Promise((resolve) => setTimeout(resolve, 1100)))
    expect(isShown()).toBe(false)
  })

  test('files over an iframe reach the page, and then the iframe is as before', async () => {
    await open(
      <Composer name="General">
        <iframe title="video" sandbox="" style={{ pointerEvents: 'auto' }} />
        <div id="host" />
      </Composer>,
    )
    const shadow = find('#host').attachShadow({ mode: 'open' })
    shadow.append(document.createElement('iframe'))
    const frames = [find('iframe'), find('iframe', shadow)]
    const states = () => frames.map((frame) => getComputedStyle(frame).pointerEvents)
    dragOver(document.body, transferOf(['text/plain', 'words']))
    expect(states()).toEqual(['auto', 'auto'])
    dragOver(document.body)
    expect(states()).toEqual(['none', 'none'])
    dispatch('drop', document.body)
    expect(frames.map((frame) => frame.style.cssText)).toEqual(['pointer-events: auto;', ''])
  })

  test('an unmount while files are over the page restores the iframes', async () => {
    const frame = document.body.appendChild(document.createElement('iframe'))
    await open(<Composer name="General" />)
    dragOver(document.body)
    expect(frame.style.pointerEvents).toBe('none')
    cleanup()
    expect(frame.style.pointerEvents).toBe('')
    frame.remove()
    expect(dragOver(document.body)).toBe(false)
  })

  test('tells why files are refused, and the rules refuse them', async () => {
    await open(<Composer name="General" options={{ accept: 'image/*', maxFiles: 1 }} />)
    const report = () => transferOf(file('report.pdf', 'application/pdf'))
    dragOver(document.body, report())
    expect(overlay().getAttribute('data-drag')).toBe('reject')
    expect(shownTexts()).toEqual(['This type of file is not accepted'])
    dispatch('drop', document.body, report())
    await waitFor(() => expect(find('[data-part="rejections"]').textContent).toContain('report.pdf'))
    dispatch('drop', document.body)
    await waitFor(() => expect(taken('General')).toEqual(['a.png']))
    dragOver(document.body)
    expect(shownTexts()).toEqual(['Only one file'])
  })

  test('a drop without a file shows a note, which ends with the next drag', async () => {
    await open(<Composer name="General" />)
    const mail = new DataTransfer()
    Object.defineProperty(mail, 'types', { value: ['Files'] })
    dragOver(document.body, mail)
    dispatch('drop', document.body, mail)
    await waitFor(() =>
      expect(shownTexts()).toEqual(['No file was dropped. Save it on your device, then choose it here.']),
    )
    expect(overlay().getAttribute('aria-hidden')).toBe(null)
    dragOver(document.body)
    expect(shownTexts()).toEqual(['Drop files to add them to General'])
  })

  test('speaks Korean, and a single upload asks for one file', async () => {
    function Avatar() {
      const uploader = useUpload()
      return (
        <Upload.Root {...{ uploader }}>
          <Upload.PageDrop />
        </Upload.Root>
      )
    }
    await open(<Avatar />)
    dragOver(document.body)
    expect(shownTexts()).toEqual(['Drop a file to add it'])
    cleanup()
    await open(
      <UploadI18nProvider messages={ko}>
        <Composer name="일반" />
      </UploadI18nProvider>,
    )
    dragOver(document.body)
    expect(shownTexts()).toEqual(['일반에 추가할 파일을 놓아 주세요'])
  })
})

/** Only the protocol of Chromium (CDP) drags files of the disk. */
test.skipIf(server.browser !== 'chromium')(
  'a real drag of a folder over an iframe: every file is added, and Escape only ends the drag',
  async () => {
    await open(
      <Composer name="General">
        <iframe
          title="video"
          sandbox=""
          srcDoc="video"
          style={{ display: 'block', width: 300, height: 200 }}
        />
      </Composer>,
    )
    const session = cdp() as unknown as { send(method: string, params: object): Promise<unknown> }
    const frame = window.frameElement?.getBoundingClientRect()
    const scale = frame ? frame.width / innerWidth : 1
    const pointOn = (element: Element) => {
      const { left, top } = element.getBoundingClientRect()
      return { x: (frame?.left ?? 0) + (left + 20) * scale, y: (frame?.top ?? 0) + (top + 10) * scale }
    }
    const data = { items: [], files: [`${server.config.root}/registry`], dragOperationsMask: 1 }
    const send = (type: string, selector: string) =>
      session.send('Input.dispatchDragEvent', { type, ...pointOn(find(selector)), data })
    const enter = async () => {
      await send('dragEnter', 'textarea')
      await waitFor(async () => {
        await send('dragOver', 'textarea')
        expect(isShown()).toBe(true)
      })
    }
    await enter()
    // The browser reports Escape as the end of the drag.
    await send('dragCancel', 'textarea')
    await waitFor(() => expect(isShown()).toBe(false))
    await enter()
    await send('dragOver', 'iframe')
    await send('dragOver', 'iframe')
    expect(isShown()).toBe(true)
    await send('drop', 'iframe')
    await waitFor(() => expect(taken('General')?.length).toBeGreaterThan(1))
    expect(isShown()).toBe(false)
  },
)

describe('zones and dialogs', () => {
  test('the innermost zone takes the files over it, and so do drop areas of other libraries', async () => {
    const onDrop = (event: { preventDefault: () => void }) => event.preventDefault()
    await open(
      <>
        <Composer name="General" />
        <Zone name="album" />
        {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- a drop area of another library */}
        <div id="other" onDragOver={onDrop} onDrop={onDrop} />
        <div id="stopping" />
        <input type="file" id="native" />
      </>,
    )
    for (const type of ['dragover', 'drop'])
      find('#stopping').addEventListener(type, (event) => {
        event.preventDefault()
        event.stopPropagation()
      })
    dragOver(document.body)
    for (const element of [zoneOf('album'), find('#other'), find('#native')]) {
      dragOver(document.body)
      expect(isShown()).toBe(true)
      dragOver(element)
      expect(isShown()).toBe(false)
      dispatch('drop', element)
    }
    dragOver(document.body)
    dragOver(find('#stopping'))
    await waitFor(() => expect(isShown()).toBe(false))
    await waitFor(() => expect(taken('album')).toEqual(['a.png']))
    await settled()
    expect(taken('General')).toEqual([])
  })

  test('takes files although the page prevents all drops', async () => {
    const guard = (event: Event) => event.preventDefault()
    for (const type of ['dragover', 'drop']) document.addEventListener(type, guard)
    await open(<Composer name="General" />)
    dragOver(document.body)
    expect(isShown()).toBe(true)
    dispatch('drop', document.body)
    for (const type of ['dragover', 'drop']) document.removeEventListener(type, guard)
    await waitFor(() => expect(taken('General')).toEqual(['a.png']))
  })

  const dialogs = {
    'a modal dialog': (children: ReactNode) => (
      <dialog ref={(element) => void (element?.open || element?.showModal())}>{children}</dialog>
    ),
    'an element with aria-modal': (children: ReactNode) => (
      // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- as libraries do
      <div role="dialog" aria-modal="true">
        {children}
      </div>
    ),
  }
  test.for(Object.entries(dialogs))(
    '%s refuses files, and a zone or PageDrop in it takes them',
    async ([, dialog]) => {
      await open(
        <>
          <Composer name="General" />
          {dialog(<p id="text">Are you sure?</p>)}
        </>,
      )
      // Prevented, because the browser would open the file.
      expect(dragOver(find('#text'))).toBe(true)
      expect(dispatch('drop', find('#text'))).toBe(true)
      expect(isShown()).toBe(false)
      expect(paste(document.body)).toBe(false)
      cleanup()
      await open(
        <>
          <Composer name="General" />
          {dialog(
            <>
              <p id="text">New message</p>
              <Zone name="album" />
            </>,
          )}
        </>,
      )
      dragOver(find('#text'))
      expect(isShown()).toBe(false)
      dragOver(zoneOf('album'))
      dispatch('drop', zoneOf('album'))
      await waitFor(() => expect(taken('album')).toEqual(['a.png']))
      cleanup()
      await open(
        <>
          {dialog(<Composer name="Reply" />)}
          <Composer name="General" />
        </>,
      )
      dragOver(document.body)
      expect(shownTexts()).toEqual(['Drop files to add them to Reply'])
      dispatch('drop', document.body)
      await waitFor(() => expect(taken('Reply')).toEqual(['a.png']))
      expect(taken('General')).toEqual([])
    },
  )

  test('an element that a dialog of Radix hides, or that is not rendered, is no target', async () => {
    const { rerender } = await open(<Composer name="General" />)
    for (const attributes of [{ 'aria-hidden': true }, { inert: true }, { style: { display: 'none' } }]) {
      rerender(
        <UploadProvider {...fakeUploads<unknown>({ speed: 0 })}>
          <div {...attributes}>
            <Composer name="General" />
          </div>
        </UploadProvider>,
      )
      // oxlint-disable-next-line no-await-in-loop -- one page
      await codeIsThere()
      dragOver(document.body)
      expect(isShown(), JSON.stringify(attributes)).toBe(false)
    }
  })
})

test('the last one mounted is the target, and when it unmounts or is disabled the one before', async () => {
  let change: (state: { thread: boolean; disabled?: boolean }) => void = () => {}
  function Chat() {
    const [{ thread, disabled = false }, setState] = useState({ thread: false } as Parameters<
      typeof change
    >[0])
    change = setState
    return (
      <>
        {/* Comes before the other one in the document. */}
        {thread && <Composer name="Thread" disabled={disabled} />}
        <Composer name="General" />
      </>
    )
  }
  await open(<Chat />)
  const states = [
    [{ thread: true }, 'Thread'],
    [{ thread: true, disabled: true }, 'General'],
    [{ thread: true }, 'Thread'],
    [{ thread: false }, 'General'],
  ] as const
  for (const [state, name] of states) {
    act(() => change(state))
    // oxlint-disable-next-line no-await-in-loop -- one page
    await settled()
    dragOver(document.body)
    expect(shownTexts()).toEqual([`Drop files to add them to ${name}`])
    dispatch('drop', document.body)
    // oxlint-disable-next-line no-await-in-loop -- one page
    await waitFor(() => expect(taken(name)?.length).toBeGreaterThan(0))
  }
  expect(taken('General')).toHaveLength(2)
})

describe('a paste', () => {
  const screenshot = () => transferOf(file('image.png'))

  test('with focus on no text field adds the files', async () => {
    await open(
      <>
        <button type="button">Like</button>
        <Composer name="General" />
      </>,
    )
    expect(paste(document.body, screenshot())).toBe(true)
    const button = page.getByRole('button', { name: 'Like' }).element() as HTMLElement
    button.focus()
    expect(paste(button, screenshot())).toBe(true)
    // Text wins over its picture, as Office copies it.
    expect(paste(button, transferOf(file('image.png'), ['text/plain', '1'], ['text/rtf', '{\\rtf1}']))).toBe(
      false,
    )
    expect(paste(button, transferOf(['text/plain', 'words']))).toBe(false)
    await waitFor(() => expect(taken('General')).toHaveLength(2))
  })

  test('in a text field elsewhere is left alone, also in shadow roots', async () => {
    await open(
      <>
        <input id="search" />
        <textarea id="notes" />
        {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- people write in it */}
        <div id="editor" contentEditable suppressContentEditableWarning>
          text
        </div>
        <div id="open" />
        <div id="closed" />
        <Composer name="General" />
      </>,
    )
    const inShadow = (mode: ShadowRootMode) =>
      find(`#${mode}`).attachShadow({ mode }).appendChild(document.createElement('textarea'))
    for (const field of [
      find('#search'),
      find('#notes'),
      find('#editor'),
      inShadow('open'),
      inShadow('closed'),
    ]) {
      field.focus()
      expect(paste(field, screenshot()), field.outerHTML).toBe(false)
    }
    await settled()
    expect(taken('General')).toEqual([])
  })

  test('in the text field of the same root adds files, and leaves text to the field', async () => {
    await open(<Composer name="General" />)
    const field = find('textarea')
    field.focus()
    expect(paste(field, screenshot())).toBe(true)
    expect(paste(field, transferOf(file('image.png'), ['text/plain', 'words']))).toBe(false)
    await waitFor(() => expect(taken('General')).toEqual(['image.png']))
  })
})

test('UploadPageDrop adds to its uploader, and FileUploader has a prop for it', async () => {
  function Message() {
    const uploader = useMultiUpload()
    lists.set('message', uploader)
    return <UploadPageDrop {...{ uploader }} label="this message" />
  }
  await open(<Message />)
  await waitFor(() => overlay())
  await codeIsThere()
  dragOver(document.body)
  expect(shownTexts()).toEqual(['Drop files to add them to this message'])
  const { left, top, width, height } = overlay().getBoundingClientRect()
  expect([left, top, width, height]).toEqual([0, 0, innerWidth, innerHeight])
  dispatch('drop', document.body)
  await waitFor(() => expect(taken('message')).toEqual(['a.png']))
  cleanup()
  await open(<FileUploader multiple pageDrop label="Attachments" />)
  await waitFor(() => overlay())
  await codeIsThere()
  dragOver(document.body)
  expect(shownTexts()).toEqual(['Drop files to add them to Attachments'])
  dispatch('drop', document.body)
  await waitFor(() => expect(page.getByRole('listitem').element().textContent).toContain('a.png'))
})
