import { QueryClient, QueryClientProvider, useIsMutating, useQuery } from '@tanstack/react-query'
import { act, render, screen, waitFor } from '@testing-library/react'
import { Activity, StrictMode, useEffect, useState } from 'react'
import type { ReactNode } from 'react'
import { renderToString } from 'react-dom/server'
import { describe, expect, test, vi } from 'vitest'
import { ImageUploader, UploadProvider, useMultiUpload, useUpload, useUploadItem } from 'putaway'
import type { UploadItem, UploadOptions, UseMultiUpload, UseUpload } from 'putaway'
import { fakeFile, fakeUploads } from 'putaway/testing'
import type { FakeResult, FakeUploads } from 'putaway/testing'

type Fake = FakeUploads<FakeResult>

function Provider({ fake, children }: { fake: Fake; children: ReactNode }) {
  return (
    <UploadProvider endpoints={fake.endpoints} transport={fake.transport} defaults={fake.defaults}>
      {children}
    </UploadProvider>
  )
}

/** Renders a component that owns a hook and shows only part of its state. */
function owner<Hook>(use: () => Hook, show: (hook: Hook) => ReactNode) {
  const seen = { renders: 0, hook: undefined as Hook | undefined }
  function Owner() {
    const hook = use()
    seen.renders += 1
    seen.hook = hook
    return <output>{show(hook)}</output>
  }
  return {
    Owner,
    renders: () => seen.renders,
    hook: () => {
      if (!seen.hook) throw new Error('not rendered')
      return seen.hook
    },
  }
}

const single = (show: (avatar: UseUpload<FakeResult>) => ReactNode, options?: UploadOptions<FakeResult>) =>
  owner(() => useUpload<FakeResult>(options), show)
const many = (show: (photos: UseMultiUpload<FakeResult>) => ReactNode, options?: UploadOptions<FakeResult>) =>
  owner(() => useMultiUpload<FakeResult>(options), show)

const text = () => screen.getByRole('status').textContent
const frame = () => act(() => new Promise((resolve) => setTimeout(resolve, 40)))

describe('useUpload', () => {
  test('useUpload shows each status in turn and ends with the answer of confirm', async () => {
    const fake = fakeUploads({ speed: 0 })
    const { Owner, hook } = single((avatar) =>
      avatar.status === 'done' ? avatar.result.name : avatar.status,
    )
    render(<Owner />, { wrapper: ({ children }) => <Provider fake={fake}>{children}</Provider> })
    expect(text()).toBe('idle')

    act(() => hook().upload(fakeFile('me.png')))
    expect(text()).toBe('starting')
    await act(() => fake.for('me.png').presign())
    await waitFor(() => expect(text()).toBe('uploading'))
    await act(() => fake.for('me.png').store())
    await waitFor(() => expect(text()).toBe('finishing'))
    await act(() => fake.for('me.png').confirm())
    await waitFor(() => expect(text()).toBe('me.png'))
  })

  test('useUpload does not render an owner that shows only the status on progress', async () => {
    const fake = fakeUploads({ speed: 0 })
    const { Owner, hook, renders } = single((avatar) => avatar.status)
    render(<Owner />, { wrapper: ({ children }) => <Provider fake={fake}>{children}</Provider> })
    act(() => hook().upload(fakeFile('me.png')))
    await act(() => fake.for('me.png').presign())
    await waitFor(() => expect(text()).toBe('uploading'))
    const before = renders()
    for (const fraction of [0.1, 0.2, 0.3, 0.4]) {
      await act(() => fake.for('me.png').progress(fraction))
      await frame()
    }
    expect(renders()).toBe(before)
  })

  test('useUpload renders an owner that shows progress once per frame', async () => {
    const fake = fakeUploads({ speed: 0 })
    const { Owner, hook, renders } = single((avatar) =>
      avatar.status === 'uploading' ? avatar.progress : avatar.status,
    )
    render(<Owner />, { wrapper: ({ children }) => <Provider fake={fake}>{children}</Provider> })
    act(() => hook().upload(fakeFile('me.png')))
    await act(() => fake.for('me.png').presign())
    await waitFor(() => expect(text()).toBe('0'))
    const before = renders()
    await act(async () => {
      for (const fraction of [0.1, 0.2, 0.3, 0.4]) await fake.for('me.png').progress(fraction)
    })
    await frame()
    expect(text()).toBe('0.4')
    expect(renders()).toBe(before + 1)
  })

  test('useUpload never renders an owner that shows nothing', async () => {
    const fake = fakeUploads()
    const { Owner, hook, renders } = single(() => 'still')
    render(<Owner />, { wrapper: ({ children }) => <Provider fake={fake}>{children}</Provider> })
    const before = renders()
    await act(() => hook().uploadAsync(fakeFile('me.png')))
    expect(renders()).toBe(before)
  })

  test('useUpload reports a refused file as an error of the choosing phase, and reset clears it', () => {
    const fake = fakeUploads()
    const { Owner, hook } = single(
      (avatar) => (avatar.status === 'error' ? `${avatar.error.phase} ${avatar.error.text}` : avatar.status),
      { maxSize: '1kB' },
    )
    render(<Owner />, { wrapper: ({ children }) => <Provider fake={fake}>{children}</Provider> })
    act(() => hook().upload(fakeFile('me.png', { size: 2000 })))
    expect(text()).toBe('choosing Larger than 1 kB.')
    act(() => hook().reset())
    expect(text()).toBe('idle')
    expect(fake.calls).toEqual([])
  })

  test('uploadAsync is canceled by its signal, and starts nothing when the signal is aborted before', async () => {
    const fake = fakeUploads({ speed: 0 })
    const { Owner, hook } = single((avatar) => avatar.status, {})
    render(<Owner />, { wrapper: ({ children }) => <Provider fake={fake}>{children}</Provider> })
    const controller = new AbortController()
    const { signal } = controller
    const aborted = expect(hook().uploadAsync(fakeFile('a.png'), { signal })).rejects.toMatchObject({
      code: 'canceled',
    })
    await act(() => fake.for('a.png').presign())
    act(() => controller.abort())
    await aborted
    await waitFor(() => expect(fake.calls.at(-1)).toBe('discard a.png'))
    await expect(hook().uploadAsync(fakeFile('b.png'), { signal })).rejects.toMatchObject({
      code: 'canceled',
    })
    expect(fake.calls.some((call) => call.endsWith('b.png'))).toBe(false)
  })

  test('uploadAsync rejects with the error, and with canceled when another file replaces it', async () => {
    const fake = fakeUploads({ speed: 0 })
    const { Owner, hook } = single((avatar) => avatar.status, { accept: 'image/*' })
    render(<Owner />, { wrapper: ({ children }) => <Provider fake={fake}>{children}</Provider> })
    await act(() =>
      expect(hook().uploadAsync(fakeFile('a.pdf'))).rejects.toMatchObject({ code: 'wrong-type' }),
    )

    const replaced = expect(hook().uploadAsync(fakeFile('a.png'))).rejects.toMatchObject({ code: 'canceled' })
    const failing = expect(hook().uploadAsync(fakeFile('b.png'))).rejects.toMatchObject({ code: 'forbidden' })
    await act(() => replaced)
    await act(() => fake.for('b.png').fail('forbidden'))
    await act(() => failing)
  })

  test('narrowing the status narrows the other fields', () => {
    const types = (avatar: UseUpload<FakeResult>) => {
      // @ts-expect-error The result exists only when the upload is done.
      void avatar.result
      if (avatar.status === 'done') return avatar.result.key
      if (avatar.status === 'uploading') return avatar.progress.toFixed(2)
      if (avatar.status === 'error') return avatar.error.code
      return avatar.status
    }
    expect(types).toBeTypeOf('function')
  })
})

describe('useMultiUpload', () => {
  test('progress renders the row that watches it and not the owner of the list', async () => {
    const fake = fakeUploads({ speed: 0 })
    const rows = { a: 0, b: 0 }
    function Row({ item }: { item: UploadItem<FakeResult> }) {
      const progress = useUploadItem(item, (now) => (now.status === 'uploading' ? now.progress : 0))
      rows[item.file.name as 'a' | 'b'] += 1 // the two files of this test
      return <li>{progress}</li>
    }
    const { Owner, hook, renders } = many((photos) =>
      photos.items.map((item) => <Row key={item.id} item={item} />),
    )
    render(<Owner />, { wrapper: ({ children }) => <Provider fake={fake}>{children}</Provider> })
    act(() => void hook().add([fakeFile('a'), fakeFile('b')]))
    await act(() => fake.for('a').presign())
    await act(() => fake.for('b').presign())
    await frame()
    const before = { owner: renders(), ...rows }
    await act(() => fake.for('a').progress(0.5))
    await frame()
    expect({ owner: renders(), ...rows }).toEqual({ ...before, a: before.a + 1 })
    expect(screen.getAllByRole('listitem').map((row) => row.textContent)).toEqual(['0.5', '0'])
  })

  test('useMultiUpload keeps the identity of its functions between renders', () => {
    const fake = fakeUploads()
    const { Owner, hook } = many((photos) => photos.items.length)
    const { rerender } = render(<Owner />, {
      wrapper: ({ children }) => <Provider fake={fake}>{children}</Provider>,
    })
    const { add, remove, store } = hook()
    rerender(<Owner />)
    expect([hook().add, hook().remove, hook().store]).toEqual([add, remove, store])
  })
})

describe('lifecycle of an uploader', () => {
  const names = (photos: UseMultiUpload<FakeResult>) => photos.items.map(({ status }) => status).join()

  test('StrictMode sends every file once', async () => {
    const fake = fakeUploads()
    const onDone = vi.fn()
    const { Owner, hook } = many(names, { onDone })
    render(
      <StrictMode>
        <Provider fake={fake}>
          <Owner />
        </Provider>
      </StrictMode>,
    )
    await act(async () => void hook().add([fakeFile('a'), fakeFile('b')]))
    await waitFor(() => expect(text()).toBe('done,done'))
    expect(fake.calls.toSorted()).toEqual([
      'confirm a',
      'confirm b',
      'presign a',
      'presign b',
      'send a',
      'send b',
    ])
    expect(onDone).toHaveBeenCalledTimes(2)
  })

  test('an upload that an effect starts in StrictMode survives the second mount', async () => {
    const fake = fakeUploads()
    function Owner() {
      const { upload, ...avatar } = useUpload<FakeResult>()
      useEffect(() => upload(fakeFile('a')), [upload])
      return <output>{avatar.status}</output>
    }
    render(
      <StrictMode>
        <Provider fake={fake}>
          <Owner />
        </Provider>
      </StrictMode>,
    )
    await waitFor(() => expect(text()).toBe('done'))
  })

  test('unmounting aborts uploads in progress and discards them', async () => {
    const fake = fakeUploads({ speed: 0 })
    const { Owner, hook } = many(names)
    const { unmount } = render(<Owner />, {
      wrapper: ({ children }) => <Provider fake={fake}>{children}</Provider>,
    })
    act(() => void hook().add([fakeFile('a')]))
    await act(() => fake.for('a').presign())
    await waitFor(() => expect(text()).toBe('uploading'))
    unmount()
    await waitFor(() => expect(fake.calls).toContain('discard a'))
  })

  test('a tree that Activity hides continues to upload', async () => {
    const fake = fakeUploads({ speed: 0 })
    const { Owner, hook } = many(names)
    const tree = (mode: 'visible' | 'hidden') => (
      <Provider fake={fake}>
        <Activity mode={mode}>
          <Owner />
        </Activity>
      </Provider>
    )
    const { rerender } = render(tree('visible'))
    act(() => void hook().add([fakeFile('a')]))
    rerender(tree('hidden'))
    await frame()
    await act(() => fake.for('a').presign())
    await act(() => fake.for('a').store())
    await act(() => fake.for('a').confirm())
    rerender(tree('visible'))
    await waitFor(() => expect(text()).toBe('done'))
    expect(fake.calls).not.toContain('discard a')
  })

  test('an uploader with an id survives its component and is found again', async () => {
    const fake = fakeUploads({ speed: 0 })
    const { Owner, hook } = many(names, { id: 'photos' })
    let show = (_shown: boolean) => {}
    function Page() {
      const [shown, setShown] = useState(true)
      show = setShown
      return shown && <Owner />
    }
    render(<Page />, { wrapper: ({ children }) => <Provider fake={fake}>{children}</Provider> })
    act(() => void hook().add([fakeFile('a')]))
    act(() => show(false))
    await frame()
    await act(() => fake.for('a').presign())
    act(() => show(true))
    await waitFor(() => expect(text()).toBe('uploading'))
    expect(fake.calls).not.toContain('discard a')
  })

  test('changed options apply to the next file', async () => {
    const fake = fakeUploads()
    const { Owner, hook } = owner(
      () => {
        const [maxFiles, setMaxFiles] = useState(1)
        return { ...useMultiUpload<FakeResult>({ maxFiles }), setMaxFiles }
      },
      ({ rejections }) => rejections.length,
    )
    render(<Owner />, { wrapper: ({ children }) => <Provider fake={fake}>{children}</Provider> })
    act(() => void hook().add([fakeFile('a'), fakeFile('b')]))
    expect(text()).toBe('1')
    act(() => hook().setMaxFiles(2))
    act(() => void hook().add([fakeFile('b')]))
    expect(text()).toBe('0')
  })
})

describe('UploadProvider', () => {
  test('a missing UploadProvider throws an error that names the fix', () => {
    const { Owner } = single((avatar) => avatar.status)
    vi.spyOn(console, 'error').mockImplementation(() => {})
    expect(() => render(<Owner />)).toThrow('Wrap your app: <UploadProvider endpoints="/api/uploads">.')
    vi.restoreAllMocks()
  })

  test('defaults of UploadProvider apply when the hook sets nothing or undefined', () => {
    const fake = fakeUploads()
    const { Owner, hook } = single((avatar) => avatar.status, { maxSize: undefined, accept: 'image/*' })
    render(
      <UploadProvider {...fake} defaults={{ maxSize: '1kB', accept: '.pdf' }}>
        <Owner />
      </UploadProvider>,
    )
    act(() => hook().upload(fakeFile('a.png', { size: 2000 })))
    expect(text()).toBe('error')
    act(() => hook().upload(fakeFile('a.png', { size: 1000 })))
    expect(text()).toBe('starting')
  })

  test('UploadProvider renders on the server', () => {
    const fake = fakeUploads()
    const { Owner } = many((photos) => `${photos.items.length} photos`)
    const html = renderToString(
      <Provider fake={fake}>
        <Owner />
      </Provider>,
    )
    expect(html).toBe('<output>0 photos</output>')
  })
})

describe('TanStack Query', () => {
  const inApp = (client: QueryClient, fake: Fake, children: ReactNode) => (
    <QueryClientProvider client={client}>
      <Provider fake={fake}>{children}</Provider>
    </QueryClientProvider>
  )

  test("presign and confirm are mutations of the app's client, without file, ticket or URL", async () => {
    const fake = fakeUploads({ speed: 0 })
    const client = new QueryClient()
    const { Owner, hook } = single((avatar) => avatar.status)
    function Busy() {
      return <i>{useIsMutating({ mutationKey: ['putaway'] })}</i>
    }
    render(inApp(client, fake, <><Owner /><Busy /></>)) // oxfmt-ignore
    await act(async () => hook().upload(fakeFile('a.png')))
    await waitFor(() => expect(screen.getByText('1')).toBeInTheDocument())
    await act(() => fake.for('a.png').presign())
    await act(() => fake.for('a.png').store())
    await act(() => fake.for('a.png').confirm())
    await waitFor(() => expect(text()).toBe('done'))

    const mutations = client.getMutationCache().getAll()
    expect(mutations.map(({ options }) => options.mutationKey)).toEqual([
      ['putaway', 'presign'],
      ['putaway', 'confirm'],
    ])
    const cached = JSON.stringify(mutations.map(({ state }) => state))
    expect(cached).not.toContain('https://')
    expect(
      mutations.some(({ state }) =>
        Object.values(state.variables ?? {}).some((each) => each instanceof File),
      ),
    ).toBe(false)
  })

  test("defaults of the app's QueryClient do not make mutations retry or pause", async () => {
    const fake = fakeUploads()
    fake.failNext('presign', 'unavailable')
    const client = new QueryClient({ defaultOptions: { mutations: { retry: 3, networkMode: 'online' } } })
    const { Owner, hook } = single((avatar) => avatar.status)
    render(inApp(client, fake, <Owner />))
    act(() => hook().upload(fakeFile('a.png')))
    await waitFor(() => expect(text()).toBe('error'))
    expect(fake.calls).toEqual(['presign a.png'])
  })

  test('queries of the app are invalidated once for files that finish together', async () => {
    const fake = fakeUploads()
    const client = new QueryClient()
    const queryFn = vi.fn(() => Promise.resolve('photos'))
    const { Owner, hook } = many((photos) => photos.items.map(({ status }) => status).join(), {
      invalidateQueries: [['photos']],
    })
    function Gallery() {
      return <p>{useQuery({ queryKey: ['photos'], queryFn }).data}</p>
    }
    render(inApp(client, fake, <><Owner /><Gallery /></>)) // oxfmt-ignore
    await waitFor(() => expect(queryFn).toHaveBeenCalledTimes(1))
    act(() => void hook().add([fakeFile('a'), fakeFile('b'), fakeFile('c')]))
    await waitFor(() => expect(queryFn).toHaveBeenCalledTimes(2))
    await act(() => new Promise((resolve) => setTimeout(resolve, 100)))
    expect(queryFn).toHaveBeenCalledTimes(2)
  })
})

describe('user actions', () => {
  test('retry of a single upload tries again for any error', async () => {
    const fake = fakeUploads()
    const { Owner, hook } = single((avatar) => avatar.status)
    render(<Owner />, { wrapper: ({ children }) => <Provider fake={fake}>{children}</Provider> })
    fake.failNext('presign', 'forbidden')
    act(() => hook().upload(fakeFile('me.png')))
    await waitFor(() => expect(text()).toBe('error'))
    act(() => hook().retry())
    await waitFor(() => expect(text()).toBe('done'))
  })

  test('retry of a file that was refused on choosing applies the current rules', async () => {
    const fake = fakeUploads()
    let accept = 'image/*'
    const { Owner, hook } = owner(
      () => useUpload<FakeResult>({ accept }),
      (avatar) => avatar.status,
    )
    const tree = (
      <Provider fake={fake}>
        <Owner />
      </Provider>
    )
    const { rerender } = render(tree)
    act(() => hook().upload(fakeFile('me.pdf', { type: 'application/pdf' })))
    expect(text()).toBe('error')
    act(() => hook().retry())
    expect(text()).toBe('error')
    accept = 'application/pdf'
    rerender(
      <Provider fake={fake}>
        <Owner />
      </Provider>,
    )
    act(() => hook().retry())
    await waitFor(() => expect(text()).toBe('done'))
  })

  test('pause right after add holds the files, and resume starts them', async () => {
    const fake = fakeUploads()
    const { Owner, hook } = many((photos) =>
      photos.items.map((item) => (item.status === 'idle' && item.held ? 'held' : item.status)).join(),
    )
    render(<Owner />, { wrapper: ({ children }) => <Provider fake={fake}>{children}</Provider> })
    act(() => {
      hook().add([fakeFile('a.png'), fakeFile('b.png')])
      hook().pause()
    })
    await frame()
    expect(text()).toBe('held,held')
    expect(fake.calls).toEqual([])
    act(() => hook().resume())
    await waitFor(() => expect(text()).toBe('done,done'))
  })

  test('uploadAsync waits while the upload is held', async () => {
    const fake = fakeUploads()
    const { Owner, hook } = single((avatar) => avatar.status)
    render(<Owner />, { wrapper: ({ children }) => <Provider fake={fake}>{children}</Provider> })
    const done = vi.fn()
    act(() => {
      void hook().uploadAsync(fakeFile('me.png')).then(done)
      hook().pause()
    })
    await frame()
    expect(done).not.toHaveBeenCalled()
    act(() => hook().resume())
    await waitFor(() => expect(done).toHaveBeenCalled())
  })
})

describe('a raised concurrency limit', () => {
  function Page({
    fake,
    concurrency,
    defaults,
    connections,
  }: {
    fake: Fake
    concurrency?: number | undefined
    defaults?: number | undefined
    connections?: number | undefined
  }) {
    return (
      <StrictMode>
        <UploadProvider
          endpoints={fake.endpoints}
          transport={fake.transport}
          connections={connections}
          defaults={{ ...fake.defaults, concurrency: defaults }}
        >
          <List concurrency={concurrency} />
        </UploadProvider>
      </StrictMode>
    )
  }
  let add: (files: File[]) => void = () => {}
  function List({ concurrency }: { concurrency: number | undefined }) {
    const photos = useMultiUpload({ concurrency })
    add = photos.add
    return <output>{photos.items.filter(({ status }) => status === 'uploading').length}</output>
  }
  const names = ['a', 'b', 'c', 'd']

  test.each([
    ['concurrency of the hook, from 0', { concurrency: 0 }, 0, { concurrency: 3 }, 3],
    ['concurrency of the hook, from 1', { concurrency: 1 }, 1, { concurrency: 3 }, 3],
    ['concurrency of the hook, taken away', { concurrency: 1 }, 1, {}, 4],
    ['concurrency of the provider', { defaults: 0 }, 0, { defaults: 2 }, 2],
    ['connections of the provider', { connections: 1 }, 1, { connections: 3 }, 3],
  ])('a raised concurrency limit starts files at once: %s', async (_name, before, first, after, then) => {
    const fake = fakeUploads({ speed: 0 })
    const { rerender } = render(<Page fake={fake} {...before} />)
    act(() => add(names.map((name) => fakeFile(name))))
    const presigned = new Set<string>()
    const presign = async () => {
      await frame()
      for (const name of names) {
        if (presigned.has(name) || !fake.calls.includes(`presign ${name}`)) continue
        presigned.add(name)
        await act(() => fake.for(name).presign())
      }
      await frame()
    }
    await presign()
    expect(text()).toBe(String(first))
    rerender(<Page fake={fake} {...after} />)
    await presign()
    await waitFor(() => expect(text()).toBe(String(then)))
  })
})

describe('a wrong option is an error of the first render', () => {
  const unset = undefined as unknown as string // as JavaScript allows
  const Wrong = () => <output>{useUpload({ maxSize: '5 megabytes' }).status}</output>
  const sentences = {
    endpoints: 'UploadProvider needs `endpoints`. It is undefined.',
    hook: 'The upload option maxSize is wrong. "5 megabytes" is not a size.',
    component: 'The upload option maxFiles is wrong. It is -1.',
    defaults: 'The upload option accept is wrong. accept has "jpg", which matches no file.',
  }
  const pages = {
    endpoints: <UploadProvider endpoints={unset} />,
    hook: (
      <UploadProvider endpoints="/api/uploads">
        <Wrong />
      </UploadProvider>
    ),
    component: (
      <UploadProvider endpoints="/api/uploads">
        <ImageUploader multiple maxFiles={-1} />
      </UploadProvider>
    ),
    defaults: <UploadProvider endpoints="/api/uploads" defaults={{ accept: 'jpg' }} />,
  }
  test.each(['endpoints', 'hook', 'component', 'defaults'] as const)('of %s', (source) => {
    const log = vi.spyOn(console, 'error').mockReturnValue()
    expect(() => render(pages[source])).toThrow(sentences[source])
    log.mockRestore()
  })
})
