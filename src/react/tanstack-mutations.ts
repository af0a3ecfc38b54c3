import type { QueryClient } from '@tanstack/react-query'
import { UploadError } from '../protocol/errors.ts'
import type { RequestObserver } from '../transport/http/connect-http.ts'

/**
 * Shows presign and confirm as TanStack mutations, one per request, for devtools, `useIsMutating` and global
 * callbacks. Their keys are `['putaway', 'presign']` and `['putaway', 'confirm']`. Their variables are the ids of the
 * files. They have no data, and their errors have no cause, because tickets, results with signed URLs and form tokens
 * are secrets, and a File would stay in memory. TanStack neither retries nor pauses these mutations: a mutation that
 * it pauses in a hidden tab would wait for focus.
 */
export function createRequestObserver(client: QueryClient): RequestObserver {
  return async (call, fileIds, request) => {
    if (call !== 'presign' && call !== 'confirm') return request()
    // The mutation does not return the answer, because TanStack's cache would keep it. The cache also keeps the
    // mutation function, so the mutation function has no reference to the request.
    let startRequest = () => {}
    const response = new Promise<void>((resolve) => (startRequest = resolve)).then(request)
    const settledResponse = response.then(
      () => {},
      (error: unknown) => {
        if (error instanceof UploadError) throw error
        const phase = call === 'presign' ? 'starting' : 'finishing'
        const isAborted = error instanceof Error && error.name === 'AbortError'
        throw new UploadError(isAborted ? 'canceled' : 'unknown', { phase })
      },
    )
    settledResponse.catch(() => {})
    const mutation = client.getMutationCache().build(client, {
      mutationKey: ['putaway', call],
      mutationFn: () => {
        startRequest()
        return settledResponse
      },
      retry: false,
      networkMode: 'always',
      gcTime: 10_000,
    })
    // Starts the request even if a callback of the app's mutation cache throws, because TanStack then does not call
    // `mutationFn`.
    mutation.execute({ fileIds }).then(startRequest, startRequest)
    return response
  }
}
