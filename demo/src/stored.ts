import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { StoredImage } from 'putaway'

/** A confirmed upload in the response of the API. */
export interface StoredFile {
  readonly id: string
  readonly name: string
  readonly size: number
  readonly type: string
  /** Redirects to the object. Stays the same, so that browsers cache the image. */
  readonly url: string
}

interface Change {
  /** The ids of the value, in order. A removed file that is in the value again is restored. */
  readonly ids: readonly unknown[]
  readonly removed: readonly unknown[]
}

/** The stored files of one kind, as the value of a field that saves every change at once. */
export function useStored(kind: 'avatar' | 'photos' | 'files') {
  const queries = useQueryClient()
  const queryKey = [kind]
  const stored = useQuery({
    queryKey,
    queryFn: () => request<readonly StoredImage[]>(`/api/${kind}`),
    // Only this page changes the list. A response that was sent before an upload ended would remove it from the value.
    staleTime: Infinity,
  })
  const save = useMutation({
    mutationFn: (change: Change) =>
      request(`/api/${kind}`, { method: 'PATCH', body: JSON.stringify(change) }),
    // One change after the other: a later one must not arrive first.
    scope: { id: kind },
    // Shows what is stored.
    onError: () => queries.invalidateQueries({ queryKey }),
  })
  return {
    value: stored.data ?? [],
    isLoaded: stored.isSuccess,
    isLoadError: stored.isError,
    isSaveError: save.isError,
    reload: () => void stored.refetch(),

    /** Takes the new value of the field: an upload is done, or a file was removed, restored or moved. */
    change(value: readonly StoredImage[]) {
      const ids = value.map(({ id }) => id)
      const before = queries.getQueryData<readonly StoredImage[]>(queryKey) ?? []
      const removed = before.map(({ id }) => id).filter((id) => !ids.includes(id))
      queries.setQueryData(queryKey, value)
      save.mutate({ ids, removed })
    },
  }
}

/** Sends a request to the API of the demo. */
export async function request<Answer>(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, { headers: { 'content-type': 'application/json' }, ...init })
  if (!response.ok) throw new Error(`${init.method ?? 'GET'} ${url} was answered with ${response.status}.`)
  return (response.status === 204 ? undefined : await response.json()) as Answer // the type of our own API
}
