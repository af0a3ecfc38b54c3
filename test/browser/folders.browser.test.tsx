import 'putaway/styles.css'
import { act, render, waitFor } from '@testing-library/react'
import { StrictMode } from 'react'
import { beforeEach, expect, test } from 'vitest'
import { page, userEvent } from 'vitest/browser'
import { FileUploader, pathOf, UploadProvider, useMultiUpload } from 'putaway'
import type { UploadOptions, UseMultiUpload } from 'putaway'
import { fakeUploads } from 'putaway/testing'

let list: UseMultiUpload | undefined
const taken = () => list?.items.map(({ file }) => pathOf(file) ?? file.name)
const refused = () => list?.rejections.map(({ file, error }) => [pathOf(file), error.code])

function Folders({ options }: { readonly options: UploadOptions }) {
  const uploader = useMultiUpload(options)
  list = uploader
  return <FileUploader {...{ uploader }} label="Papers" directory="Add a folder" />
}

async function open(options: UploadOptions = {}) {
  const fake = fakeUploads<unknown>({ speed: 0 })
  render(
    <StrictMode>
      <UploadProvider {...fake}>
        <Folders options={{ concurrency: 0, ...options }} />
      </UploadProvider>
    </StrictMode>,
  )
  // The rendering of a slow browser ends with `act`.
  await act(async () => {
    await Promise.all([
      import('../../src/headless/drop/DropHandler.tsx'),
      import('../../src/headless/lazy/page-code.ts'),
    ])
    await new Promise((resolve) => setTimeout(resolve, 50))
  })
  await expect.element(page.getByRole('button', { name: 'Add a folder' })).toBeInTheDocument()
}

type Entry = Readonly<Record<string, unknown>>
const gone = new DOMException('gone', 'NotFoundError')
let opened = 0
let mostOpened = 0

/** A file of a folder, opened a moment after it is asked for. */
const fileEntry = (name: string, isReadable = true): Entry => ({
  name,
  isFile: true,
  isDirectory: false,
  file: (done: (found: File) => void, fail: (error: Error) => void) => {
    opened += 1
    mostOpened = Math.max(mostOpened, opened)
    setTimeout(() => {
      opened -= 1
      if (isReadable) done(new File(['bytes'], name))
      else fail(gone)
    })
  },
})

/** A folder that answers a hundred entries at a time, as Chromium does, and then none. Undefined: it cannot be listed. */
const folderEntry = (name: string, content: readonly Entry[] | undefined): Entry => ({
  name,
  isFile: false,
  isDirectory: true,
  createReader: () => {
    let at = 0
    return {
      readEntries: (done: (batch: readonly Entry[]) => void, fail: (error: Error) => void) =>
        setTimeout(() => {
          if (!content) return fail(gone)
          done(content.slice(at, at + 100))
          at += 100
        }),
    }
  },
})

/** A DataTransfer whose items have these entries. The browser makes none for a script. */
function transferOf(...entries: readonly Entry[]): DataTransfer {
  const transfer = new DataTransfer()
  for (const { name } of entries) transfer.items.add(new File(['4096'], String(name)))
  const { webkitGetAsEntry } = DataTransferItem.prototype
  const reading = DataTransferItem.prototype as { webkitGetAsEntry: unknown }
  reading.webkitGetAsEntry = function (this: DataTransferItem) {
    return entries.find(({ name }) => name === this.getAsFile()?.name)
  }
  restore = () => Object.assign(reading, { webkitGetAsEntry })
  return transfer
}
let restore = () => {}

const zone = () => document.querySelector('[data-part="dropzone"]') ?? document.body
function drop(...entries: readonly Entry[]) {
  const dataTransfer = transferOf(...entries)
  for (const type of ['dragenter', 'dragover', 'drop'])
    zone().dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer }))
  restore()
}

beforeEach(() => {
  list = undefined
  opened = 0
  mostOpened = 0
})
const album = folderEntry('album', [
  fileEntry('beach 10.jpg'),
  fileEntry('.DS_Store'),
  folderEntry('2026', [fileEntry('beach.jpg'), folderEntry('May', [fileEntry('beach.jpg')])]),
  fileEntry('Thumbs.db'),
  fileEntry('beach 9.jpg'),
  fileEntry('DESKTOP.INI'),
])
const albumPaths = [
  'album/2026/beach.jpg',
  'album/2026/May/beach.jpg',
  'album/beach 9.jpg',
  'album/beach 10.jpg',
]

test('a dropped folder of three levels keeps its paths in order, and junk is left out and counted', async () => {
  await open()
  drop(fileEntry('loose.pdf'), album)
  await waitFor(() => expect(taken()).toEqual(['loose.pdf', ...albumPaths]))
  await waitFor(() => expect(zone()).toHaveTextContent('3 system files were left out.'))
  const names = page.getByRole('listitem').elements()
  expect(names.map((row) => row.querySelector('[data-part="name"]')?.textContent)).toEqual(taken())
  await expect
    .element(page.getByRole('button', { name: /^(Cancel|Remove) album\/2026\/May\/beach\.jpg$/ }))
    .toBeVisible()
})

test('a pasted folder has the same paths', async () => {
  await open()
  page.getByRole('button', { name: 'Choose files' }).element().focus()
  const clipboardData = transferOf(album)
  const event = new ClipboardEvent('paste', { bubbles: true, cancelable: true })
  // Firefox leaves out the `clipboardData` that its constructor is given.
  Object.defineProperty(event, 'clipboardData', { value: clipboardData })
  document.activeElement?.dispatchEvent(event)
  restore()
  await waitFor(() => expect(taken()).toEqual(albumPaths))
})

test('a chosen folder has the same paths, and the next choice of the same folder works', async () => {
  await open()
  const input = document.querySelector<HTMLInputElement>('input[webkitdirectory]') ?? expect.unreachable()
  const chosen = [
    'album/beach 10.jpg',
    'album/.DS_Store',
    'album/2026/May/beach.jpg',
    'album/2026/beach.jpg',
    'album/beach 9.jpg',
  ]
  const transfer = new DataTransfer()
  for (const path of chosen) {
    const file = new File(['bytes'], path.split('/').at(-1) ?? '')
    Object.defineProperty(file, 'webkitRelativePath', { value: path })
    transfer.items.add(file)
  }
  Object.defineProperty(input, 'files', { configurable: true, get: () => [...transfer.files] })
  // A FileList makes new objects: give them their paths.
  for (const [index, file] of [...transfer.files].entries())
    Object.defineProperty(file, 'webkitRelativePath', { value: chosen[index] })
  input.dispatchEvent(new Event('change', { bubbles: true }))
  await waitFor(() => expect(taken()?.toSorted()).toEqual(albumPaths.toSorted()))
  await waitFor(() => expect(zone()).toHaveTextContent('1 system file was left out.'))
  expect(input.value).toBe('')
})

test('an entry that cannot be read is refused by its path and ends nothing', async () => {
  await open()
  drop(
    folderEntry('album', [
      fileEntry('a.jpg'),
      fileEntry('bad.jpg', false),
      folderEntry('secret', undefined),
      folderEntry('more', [fileEntry('b.jpg')]),
    ]),
  )
  await waitFor(() => expect(taken()).toEqual(['album/a.jpg', 'album/more/b.jpg']))
  expect(refused()).toEqual([
    ['album/bad.jpg', 'unreadable'],
    ['album/secret', 'unreadable'],
  ])
  const refusedList = page.getByRole('list', { name: 'Files that were not added' })
  await expect.element(refusedList).toHaveTextContent('album/bad.jpg')
})

test('hostile names become clean paths', async () => {
  await open()
  drop(folderEntry('..', [folderEntry('a\u202eb', [fileEntry('con'), fileEntry('x\\..\\y')])]))
  await waitFor(() => expect(taken()).toEqual(['ab/_con', 'ab/x/y']))
})

test('ten thousand files are counted while they are read, and 50 are opened at a time', async () => {
  await open()
  const many = Array.from({ length: 100 }, (_, folder) =>
    folderEntry(
      `folder ${folder}`,
      Array.from({ length: 100 }, (__, index) => fileEntry(`${index}.txt`)),
    ),
  )
  const texts = new Set<string>()
  const observer = new MutationObserver(() =>
    texts.add(document.querySelector('[data-part="reading"]')?.textContent ?? ''),
  )
  observer.observe(document.body, { subtree: true, childList: true, characterData: true })
  drop(folderEntry('archive', many))
  await waitFor(() => expect(list?.items.length).toBe(10_000), { timeout: 60_000 })
  observer.disconnect()
  expect(mostOpened).toBe(50)
  expect([...texts].some((text) => /^Reading folder, [\d,]+ files/.test(text))).toBe(true)
  await waitFor(() => expect(document.querySelector('[data-part="reading"]')).toBeNull())
}, 90_000)

test('reading can be stopped, also while a folder does not answer: nothing is added', async () => {
  await open()
  const answers: (() => void)[] = []
  const slow = (name: string): Entry => ({
    ...folderEntry(name, []),
    createReader: () => ({
      readEntries: (done: (batch: readonly Entry[]) => void) => answers.push(() => done([])),
    }),
  })
  drop(folderEntry('album', [folderEntry('a', [fileEntry('a.txt')]), slow('b'), slow('c')]))
  await waitFor(() => expect(answers).toHaveLength(1))
  await new Promise((resolve) => setTimeout(resolve, 200))
  answers[0]?.()
  await waitFor(() => expect(zone()).toHaveTextContent('Reading folder, 1 file'))
  await userEvent.click(page.getByRole('button', { name: 'Cancel', exact: true }))
  await waitFor(() => expect(document.querySelector('[data-part="reading"]')).toBeNull())
  answers[1]?.()
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(taken()).toEqual([])
})
