import { act, render } from '@testing-library/react'
import type { ReactNode } from 'react'
import { expect, test, vi } from 'vitest'
import { UploadProvider, useMultiUpload, useUpload } from 'putaway'
import type { Uploader, UploadOptions } from 'putaway'
import { fakeFile, fakeUploads } from 'putaway/testing'
import { useUploadField } from '../../src/field/useUploadField.ts'
import type { FieldOptions, UploadField } from '../../src/field/field-state.ts'
import { createFakes } from '../harness/render-with-fakes.tsx'
import { eventually } from '../harness/eventually.ts'

type FieldProps = Omit<FieldOptions, 'uploader'>

const stored = (name: string) => ({ id: `of ${name}`, url: `/${name}`, name })
const [old, older] = [stored('old.png'), stored('older.png')]

/** A field of a list or of a single upload, with fakes that the test answers. */
function renderField(given: FieldProps = {}, options: UploadOptions & { readonly single?: boolean } = {}) {
  const { fake, during, wrap, finish, fail } = createFakes({
    result: ({ file }) => ({ id: `of ${file.name}`, url: `/${file.name}`, token: `${file.name} signed` }),
  })
  const { single = false, ...rules } = options
  let field: UploadField | undefined
  let store: Uploader['store'] | undefined
  function Many({ props }: { readonly props: FieldProps }) {
    const uploader = useMultiUpload(rules)
    store = uploader.store
    field = useUploadField({ ...props, uploader })
    return null
  }
  function One({ props }: { readonly props: FieldProps }) {
    const uploader = useUpload(rules)
    field = useUploadField({ ...props, uploader })
    return null
  }
  const Owner = single ? One : Many
  const tree = (props: FieldProps) => wrap(<Owner props={props} />)
  const screen = render(tree(given))
  const now = () => {
    if (!field) throw new Error('Nothing is rendered.')
    return { ...field, ...field.store.getState() }
  }
  return {
    now,
    fake,
    rejections: () => store?.getState().rejections ?? [],
    names: () => now().value.map(({ name }) => name),
    shown: () =>
      now().entries.map((entry) => (entry.kind === 'stored' ? entry.image.name : entry.item.file.name)),
    idOf: (name: string) =>
      now().entries.find(
        (entry) => (entry.kind === 'stored' ? entry.image.name : entry.item.file.name) === name,
      )?.id ?? '',
    add: (...names: string[]) => during(() => now().add(names.map((name) => fakeFile(name)))),
    finish,
    fail,
    give: (props: FieldProps) => during(() => screen.rerender(tree(props))),
    during,
  }
}

test('stored images and uploads are one list, and finished uploads are in the value with their token', async () => {
  const { now, add, finish, names, shown } = renderField({ defaultValue: [old, older] })
  expect(now().value).toEqual([old, older])

  await add('new.png', 'newer.png')
  expect(shown()).toEqual(['old.png', 'older.png', 'new.png', 'newer.png'])
  expect(names()).toEqual(['old.png', 'older.png'])
  await finish('newer.png')
  await finish('new.png')

  expect(names()).toEqual(['old.png', 'older.png', 'new.png', 'newer.png'])
  expect(now().value[2]).toEqual({
    id: 'of new.png',
    url: '/new.png',
    name: 'new.png',
    token: 'new.png signed',
  })
})

test('onChange is called when the value changes, and not for uploads in progress', async () => {
  const onChange = vi.fn()
  const { now, add, finish, fake, idOf, during } = renderField({ onChange, defaultValue: [old] })
  await add('new.png')
  await during(() => fake.for('new.png').presign())
  await during(() => fake.for('new.png').progress(0.5))
  expect(onChange).not.toHaveBeenCalled()
  await during(() => fake.for('new.png').store())
  await during(() => fake.for('new.png').confirm())
  expect(onChange.mock.calls.map(([value]) => value.map(({ name }: { name: string }) => name))).toEqual([
    ['old.png', 'new.png'],
  ])
  await during(() => now().move(idOf('new.png'), 0))
  await during(() => now().remove(idOf('old.png')))
  await during(() => now().undo())
  await during(() => now().reset())
  expect(onChange.mock.calls.map(([value]) => value.map(({ name }: { name: string }) => name))).toEqual([
    ['old.png', 'new.png'],
    ['new.png', 'old.png'],
    ['new.png'],
    ['new.png', 'old.png'],
    ['old.png'],
  ])
  await add('other.png')
  await finish('other.png')
  expect(onChange).toHaveBeenCalledTimes(6)
})

test('entries move across stored images and uploads, and keep the order when they finish', async () => {
  const { now, add, finish, names, shown, idOf, during } = renderField({ defaultValue: [old, older] })
  await add('a.png', 'b.png', 'c.png')
  await during(() => now().move(idOf('c.png'), 0))
  await during(() => now().move(idOf('old.png'), 4))
  await during(() => now().move(idOf('b.png'), 1))
  expect(shown()).toEqual(['c.png', 'b.png', 'older.png', 'a.png', 'old.png'])
  for (const name of ['a.png', 'b.png', 'c.png']) await finish(name)
  expect(names()).toEqual(['c.png', 'b.png', 'older.png', 'a.png', 'old.png'])
})

test('removing a stored image sends no request, and undo restores the last removed entry to its place', async () => {
  const { now, add, finish, fake, names, shown, idOf, during } = renderField({ defaultValue: [old, older] })
  await during(() => now().remove(idOf('old.png')))
  expect(names()).toEqual(['older.png'])
  expect(fake.calls).toEqual([])
  await during(() => now().undo())
  expect(names()).toEqual(['old.png', 'older.png'])

  await add('a.png', 'b.png')
  await finish('a.png')
  const before = fake.calls.length
  await during(() => now().remove(idOf('a.png')))
  await during(() => now().undo())
  // The bytes are stored and the token is valid: no request is sent.
  expect(names()).toEqual(['old.png', 'older.png', 'a.png'])
  expect(shown()).toEqual(['old.png', 'older.png', 'a.png', 'b.png'])
  expect(fake.calls).toHaveLength(before)

  // The upload that was in progress starts again.
  await during(() => now().move(idOf('b.png'), 1))
  await during(() => now().remove(idOf('b.png')))
  await during(() => now().undo())
  expect(shown()).toEqual(['old.png', 'b.png', 'older.png', 'a.png'])
  await finish('b.png')
  expect(names()).toEqual(['old.png', 'b.png', 'older.png', 'a.png'])
})

test('stored images count toward the limit, and the error names the limit', async () => {
  const { now, add, shown, idOf, finish, rejections, during } = renderField(
    { defaultValue: [old, older] },
    { maxFiles: 3 },
  )
  await add('a.png', 'b.png')
  expect(rejections().map(({ file, error }) => [file.name, error.text])).toEqual([['b.png', 'Only 3 files.']])
  expect(shown()).toEqual(['old.png', 'older.png', 'a.png'])
  expect(now().room()).toBe(0)
  await during(() => now().remove(idOf('old.png')))
  await finish('a.png')
  await add('b.png')
  expect(shown()).toEqual(['older.png', 'a.png', 'b.png'])
  // The limit leaves no room for an undo.
  await during(() => now().undo())
  expect(shown()).toEqual(['older.png', 'a.png', 'b.png'])
})

test('a single image is replaced when the next one is done, and stays when that one fails', async () => {
  const onChange = vi.fn()
  const { now, add, finish, fail, names, shown, idOf, during } = renderField(
    { defaultValue: old, onChange },
    { single: true },
  )
  await add('new.png')
  expect([shown(), names()]).toEqual([['new.png'], ['old.png']])
  await fail('new.png')
  await during(() => now().remove(idOf('new.png')))
  expect([shown(), names()]).toEqual([['old.png'], ['old.png']])
  expect(onChange).not.toHaveBeenCalled()

  await add('newer.png')
  await finish('newer.png')
  expect([shown(), names()]).toEqual([['newer.png'], ['newer.png']])
  expect(onChange).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ name: 'newer.png' }))
  await during(() => now().remove(idOf('newer.png')))
  expect(onChange).toHaveBeenLastCalledWith(null)
})

test('reset drops uploads, also those in progress, and restores the current default', async () => {
  const { now, add, finish, names, shown, idOf, give, fake, during } = renderField({ defaultValue: [old] })
  await add('a.png', 'b.png')
  await finish('a.png')
  await during(() => now().remove(idOf('old.png')))
  await give({ defaultValue: [old, older] })
  expect(names()).toEqual(['a.png'])
  await during(() => now().reset())
  expect([shown(), names()]).toEqual([
    ['old.png', 'older.png'],
    ['old.png', 'older.png'],
  ])
  expect(now().pending).toBe(false)
  expect(fake.calls).not.toContain('confirm b.png')
})

test('follows a controlled value, also when the app changes it', async () => {
  const onChange = vi.fn()
  const { now, add, finish, names, shown, give, fake } = renderField({ value: [old], onChange })
  await add('a.png', 'b.png')
  await finish('a.png')
  const [value] = onChange.mock.lastCall ?? []
  await give({ value, onChange })
  expect(shown()).toEqual(['old.png', 'a.png', 'b.png'])

  // Reversed, with a new entry; uploads in progress stay.
  await give({ value: value.toReversed().concat(older), onChange })
  expect(shown()).toEqual(['a.png', 'old.png', 'b.png', 'older.png'])
  await give({ value: [], onChange })
  expect([shown(), names()]).toEqual([['b.png'], []])
  expect(onChange).toHaveBeenCalledTimes(1)
  await finish('b.png')
  expect(onChange).toHaveBeenLastCalledWith([expect.objectContaining({ name: 'b.png' })])
  expect(now().value).toHaveLength(1)
  expect(fake.calls.filter((call) => call.startsWith('presign'))).toEqual(['presign a.png', 'presign b.png'])
})

test('a late value does not remove anything while a newer one is pending', async () => {
  const onChange = vi.fn()
  const { add, finish, names, give } = renderField({ value: [], onChange })
  await add('a.png', 'b.png')
  await finish('a.png')
  await finish('b.png')
  const [[first], [second]] = onChange.mock.calls as [[never[]], [never[]]]
  await give({ value: first, onChange })
  expect(names()).toEqual(['a.png', 'b.png'])
  await give({ value: second, onChange })
  expect(names()).toEqual(['a.png', 'b.png'])
  // The app may restore the old value.
  await give({ value: first, onChange })
  expect(names()).toEqual(['a.png'])
})

test('a submit is blocked by a missing image, too few images or a failed upload', async () => {
  const { now, add, finish, fail, give, idOf, during } = renderField({ name: 'photos', required: true })
  expect(now().problem).toBe('missing')
  await add('a.png')
  expect(now()).toMatchObject({ problem: undefined, pending: true })
  await fail('a.png')
  expect(now()).toMatchObject({ problem: 'failed', pending: false })
  expect(now().failures()).toMatchObject([{ status: 'error' }])
  await give({ name: 'photos', required: true, waitForUploads: false })
  expect(now().problem).toBe('missing')
  await give({ minFiles: 2 })
  await during(() => now().remove(idOf('a.png')))
  await add('b.png')
  await finish('b.png')
  expect(now().problem).toBe('too-few')
  await give({ minFiles: 2, readOnly: true })
  expect(now().problem).toBeUndefined()
})

test('the value for a backend without confirm has the key and no other part of the ticket', async () => {
  const { now, add, fake, during } = renderField()
  await add('a.png')
  await during(() => fake.for('a.png').presign())
  await during(() => fake.for('a.png').store())
  await during(() =>
    fake.for('a.png').confirm({ file: {}, ticket: { key: 'k', url: 'https://signed', token: 't' } }),
  )
  expect(now().value).toEqual([{ key: 'k', name: 'a.png' }])
})

test('an uploader that survived without a component is shown at once, without duplicates of the value', async () => {
  const fake = fakeUploads<unknown>({ result: ({ file }) => ({ token: `${file.name} signed` }) })
  const shown: string[][] = []
  const onChange = vi.fn()
  function Kept({ value }: { readonly value: FieldOptions['value'] }) {
    const uploader = useMultiUpload({ id: 'kept' })
    const field = useUploadField({ uploader, value, onChange })
    add = field.add
    shown.push(field.store.getState().entries.map(({ kind }) => kind))
    return null
  }
  let add: UploadField['add'] = () => []
  const tree = (inner: ReactNode) => (
    <UploadProvider endpoints={fake.endpoints} transport={fake.transport}>
      {inner}
    </UploadProvider>
  )
  const screen = render(tree(<Kept value={[]} />))
  act(() => void add([fakeFile('a.png')]))
  await vi.waitFor(() => expect(onChange).toHaveBeenCalledTimes(1), eventually)
  const [value] = onChange.mock.lastCall ?? []
  screen.rerender(tree(null))
  shown.length = 0
  screen.rerender(tree(<Kept value={[old, ...value]} />))
  await act(async () => {})
  expect(shown[0]).toEqual(['stored', 'upload'])
  expect(shown.at(-1)).toEqual(['stored', 'upload'])
  expect(onChange).toHaveBeenCalledTimes(1)
})

test('an image that was uploaded here keeps its picture after a reset to the saved value', async () => {
  const { now, add, finish, give, during } = renderField({ name: 'photos' })
  await add('a.png')
  await finish('a.png')
  await give({ name: 'photos', defaultValue: [{ id: 'of a.png', name: 'a.png' }] })
  await during(() => now().reset())
  expect(now().entries).toMatchObject([{ kind: 'stored', file: { name: 'a.png' } }])
})

test('a form does not wait for a field without name, value and onChange', async () => {
  const { now, add, fail } = renderField()
  expect(now().waitForUploads).toBe(false)
  await add('a.png')
  await fail('a.png')
  expect(now().problem).toBeUndefined()
})
