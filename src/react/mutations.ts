import type { QueryClient } from '@tanstack/react-query'
import type { UploadEndpoints } from '../core/ports.ts'
import type { ObservableEndpoints, RequestObserver } from '../transport/http.ts'

/**
 * Shows presign and confirm as TanStack mutations, keys `['putaway', 'presign']` and `['putaway', 'confirm']`, one per
 * request, with the ids of its files as variables: for devtools, `useIsMutating` and global callbacks. A ticket is a
 * secret and stays out of the cache; so does every File. TanStack neither retries nor pauses them: a mutation that it
 * holds back in a hidden tab would wait for focus.
 */
export function observeWith(client: QueryClient): RequestObserver {
  return async (call, fileIds, request) => {
    if (call !== 'presign' && call !== 'confirm') return request()
    const answers: Awaited<ReturnType<typeof request>>[] = []
    const mutation = client.getMutationCache().build(client, {
      mutationKey: ['putaway', call],
      mutationFn: async () => {
        const answer = await request()
        answers.push(answer)
        return call === 'confirm' ? answer : undefined
      },
      retry: false,
      networkMode: 'always',
      gcTime: 10_000,
    })
    await mutation.execute({ fileIds })
    const [answer] = answers
    return answer as Awaited<ReturnType<typeof request>> // execute throws unless the function above has pushed it
  }
}

/** The same endpoints, with presign and confirm seen by the observer. */
export function observed<Result>(
  endpoints: UploadEndpoints<Result> | ObservableEndpoints<Result>,
  observe: RequestObserver,
): UploadEndpoints<Result> {
  if ('observedBy' in endpoints) return endpoints.observedBy(observe)
  return {
    ...endpoints,
    presign: (file, context) => observe('presign', [file.id], () => endpoints.presign(file, context)),
    ...(endpoints.confirm && {
      confirm: (receipt, context) =>
        // Not a copy of the method: an app's endpoints may use `this`.
        observe('confirm', [receipt.file.id], () => endpoints.confirm?.(receipt, context) as Promise<Result>),
    }),
  }
}
