import type { QueryClient } from '@tanstack/react-query'
import type { UploadEndpoints } from '../core/ports.ts'
import { UploadError, toUploadError } from '../protocol/errors.ts'
import type { ObservableEndpoints, RequestObserver } from '../transport/http.ts'

/**
 * Shows presign and confirm as TanStack mutations, keys `['putaway', 'presign']` and `['putaway', 'confirm']`, one per
 * request: for devtools, `useIsMutating` and global callbacks. A mutation has the ids of its files as variables, no data,
 * and of an error what an UploadError says: tickets, results with signed URLs and form tokens are secrets, and a File
 * would stay in memory. TanStack neither retries nor pauses them: a mutation that it holds back in a hidden tab would
 * wait for focus.
 */
export function observeWith(client: QueryClient): RequestObserver {
  return async (call, fileIds, request) => {
    if (call !== 'presign' && call !== 'confirm') return request()
    // The answer passes the mutation by: the cache keeps what a mutation returns, and its function.
    let begin = () => {}
    const answer = new Promise<void>((resolve) => (begin = resolve)).then(request)
    const ended = answer.then(
      () => {},
      (thrown: unknown) => {
        if (thrown instanceof UploadError) throw thrown
        const phase = call === 'presign' ? 'starting' : 'finishing'
        const { code, status } = toUploadError(thrown, phase)
        throw new UploadError(code, { phase, status })
      },
    )
    ended.catch(() => {})
    const mutation = client.getMutationCache().build(client, {
      mutationKey: ['putaway', call],
      mutationFn: () => {
        begin()
        return ended
      },
      retry: false,
      networkMode: 'always',
      gcTime: 10_000,
    })
    // Also where a callback of the app's cache throws: then the function above is not called.
    mutation
      .execute({ fileIds })
      .catch(() => {})
      .finally(begin)
    return answer
  }
}

/** The same endpoints, with presign and confirm seen by the observer. */
export function observed<Result>(
  endpoints: UploadEndpoints<Result>,
  observe: RequestObserver,
): UploadEndpoints<Result> {
  if (isObservable(endpoints)) return endpoints.observedBy(observe)
  // What is not replaced is found on the app's own object, also where that is an instance of a class.
  const seen: Pick<UploadEndpoints<Result>, 'presign' | 'confirm'> = {
    presign: (file, context) => observe('presign', [file.id], () => endpoints.presign(file, context)),
    ...(endpoints.confirm && {
      confirm: (receipt, context) =>
        // Not a copy of the method: an app's endpoints may use `this`.
        observe('confirm', [receipt.file.id], () => endpoints.confirm?.(receipt, context) as Promise<Result>),
    }),
  }
  return Object.assign(Object.create(endpoints) as UploadEndpoints<Result>, seen)
}

/** Whether `httpEndpoints` made them, and not an app that has changed some of their functions. */
export function isObservable<Result>(
  endpoints: UploadEndpoints<Result>,
): endpoints is ObservableEndpoints<Result> {
  return Object.hasOwn(endpoints, 'observedBy')
}
