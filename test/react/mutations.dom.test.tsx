import { MutationCache, QueryClient } from '@tanstack/react-query'
import { act, render, waitFor } from '@testing-library/react'
import { describe, expect, test } from 'vitest'
import { UploadProvider, httpEndpoints, useMultiUpload } from 'putaway'
import type { UploadEndpoints } from 'putaway'
import { fakeBackend, fakeFile, fakeUploads } from 'putaway/testing'

const secret = /X-Amz-Signature|form-token|ticket-token/
const fake = fakeUploads()

/** A backend whose tickets and results contain secrets. */
const own: UploadEndpoints = {
  presign: async (file) => ({
    kind: 'put',
    key: file.name,
    token: 'ticket-token',
    url: 'https://s3.test/k?X-Amz-Signature=1234',
  }),
  confirm: async ({ ticket }) => ({
    id: ticket.key,
    token: 'form-token',
    url: 'https://s3.test/files/k?X-Amz-Signature=5678',
  }),
}
const answer = fakeBackend(own)
const backends: readonly (readonly [string, UploadEndpoints])[] = [
  ['functions of the app', own],
  [
    'httpEndpoints',
    httpEndpoints('https://app.test/uploads', { fetch: (url, init) => answer(new Request(url, init)) }),
  ],
]

/** Uploads a file. Returns everything that the cache has held. */
async function cachedBy(endpoints: UploadEndpoints, mutationCache = new MutationCache()) {
  const held: string[] = []
  mutationCache.subscribe(({ mutation }) => held.push(JSON.stringify(mutation?.state)))
  const queryClient = new QueryClient({ mutationCache })
  let list: ReturnType<typeof useMultiUpload> | undefined
  function Photos() {
    list = useMultiUpload()
    return <output>{list.items.map(({ status }) => status).join()}</output>
  }
  const view = render(
    <UploadProvider
      endpoints={endpoints}
      transport={fake.transport}
      queryClient={queryClient}
      defaults={{ retry: { retries: 0 } }}
    >
      <Photos />
    </UploadProvider>,
  )
  act(() => void list?.add([fakeFile('a.png')]))
  await waitFor(() => expect(view.container).toHaveTextContent(/done|error/))
  const [item] = list?.items ?? []
  return { item, held, mutations: mutationCache.getAll() }
}

describe('mutations', () => {
  test.each(backends)(
    'mutations of %s never hold a ticket, a result or a token',
    async (_name, endpoints) => {
      const { item, held, mutations } = await cachedBy(endpoints)
      expect(item).toMatchObject({ status: 'done', result: { token: 'form-token' } })
      expect(held.length).toBeGreaterThan(0)
      expect(held.filter((state) => secret.test(state))).toEqual([])
      expect(mutations.map(({ state }) => [state.status, state.data, state.variables])).toEqual([
        ['success', undefined, { fileIds: [item?.id] }],
        ['success', undefined, { fileIds: [item?.id] }],
      ])
    },
  )

  test('failed mutations hold a code and nothing that the app threw', async () => {
    const thrown = Object.assign(new Error('https://s3.test/k?X-Amz-Signature=1234'), {
      config: 'ticket-token',
    })
    const { item, held, mutations } = await cachedBy({ presign: () => Promise.reject(thrown) })
    expect(item).toMatchObject({ status: 'error', error: { cause: thrown } })
    expect(held.filter((state) => secret.test(state))).toEqual([])
    expect(mutations[0]?.state.error).toMatchObject({
      name: 'UploadError',
      code: 'unknown',
      phase: 'starting',
    })
    expect(String(mutations[0]?.state.error)).not.toMatch(secret)
  })

  test("callbacks of the app's MutationCache do not stop an upload", async () => {
    const mutationCache = new MutationCache({
      onMutate: () => {
        throw new Error('a mistake of the app')
      },
    })
    expect((await cachedBy(own, mutationCache)).item).toMatchObject({ status: 'done' })
  })
})
