import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'

/** A confirmed upload in the response of the API. */
export interface StoredFile {
  readonly id: string
  readonly name: string
  readonly size: number
  readonly type: string
  /** Redirects to the object. Stays the same, so that browsers cache the image. */
  readonly url: string
}

export function useStored(kind: 'photos' | 'files') {
  return useQuery({ queryKey: [kind], queryFn: () => request<StoredFile[]>(`/api/${kind}`) })
}

export function useAvatar() {
  return useQuery({ queryKey: ['avatar'], queryFn: () => request<StoredFile | null>('/api/avatar') })
}

export function useDelete(kind: 'photos' | 'files') {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: async ({ id }: StoredFile) => {
      await request(`/api/stored/${id}`, 'DELETE')
    },
    onSettled: () => queries.invalidateQueries({ queryKey: [kind] }),
  })
}

async function request<Answer>(url: string, method = 'GET'): Promise<Answer> {
  const response = await fetch(url, { method })
  if (!response.ok) throw new Error(`${method} ${url} was answered with ${response.status}.`)
  return (response.status === 204 ? undefined : await response.json()) as Answer // the type of our own API
}
