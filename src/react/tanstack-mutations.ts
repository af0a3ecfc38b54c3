import type { QueryClient } from '@tanstack/react-query'
import type { UploadEndpoints } from '../core/ports.ts'
import { UploadError } from '../protocol/errors.ts'
import type { RequestObserver } from '../transport/http/connect-http.ts'
import type { ObservableEndpoints } from '../transport/http/http-endpoints.ts'

/**
 * Shows presign and confirm as TanStack mutations, one per request, for devtools, `useIsMutating` and global
 * callbacks. Keys: `['putaway', 'presign']` and `['putaway', 'confirm']`. Variables: the ids of the files. No data,
 * and errors without their cause: tickets, results with signed URLs and form tokens are secrets, and a File would
 * stay in memory. TanStack neither retries nor pauses them: a mutation that it pauses in a hidden tab waits for
 * focus.
 */
export function createRequestObserver(client: QueryClient): RequestObserver {
  return async (call, fileIds, request) => {
    if (call !== 'presign' && call !== 'confirm') return request()
    // The answer bypasses the mutation: the cache keeps what a mutation returns, and its function.
    let startRequest = () => {}
    const response = new Promise<void>((resolve) => (startRequest = resolve)).then(request)
    const settled = response.then(
      () => {},
      (error: unknown) => {
        if (error instanceof UploadError) throw error
        const phase = call === 'presign' ? 'starting' : 'finishing'
        const isAborted = error instanceof Error && error.name === 'AbortError'
        throw new UploadError(isAborted ? 'canceled' : 'unknown', { phase })
      },
    )
    settled.catch(() => {})
    const mutation = client.getMutationCache().build(client, {
      mutationKey: ['putaway', call],
      mutationFn: () => {
        startRequest()
        return settled
      },
      retry: false,
      networkMode: 'always',
      gcTime: 10_000,
    })
    // Starts the request even if a callback of the app's mutation cache throws: `mutationFn` is not called then.
    mutation.execute({ fileIds }).then(startRequest, startRequest)
    return response
  }
}

/** Returns the same endpoints, with presign and confirm passed through the observer. */
export function observeEndpoints<Result>(
  endpoints: UploadEndpoints<Result>,
  observe: RequestObserver,
): UploadEndpoints<Result> {
  if (isObservable(endpoints)) return endpoints.observe(observe)
  // The prototype keeps the app's other functions, also those of a class instance.
  const overrides: Pick<UploadEndpoints<Result>, 'presign' | 'confirm'> = {
    presign: (file, context) => observe('presign', [file.id], () => endpoints.presign(file, context)),
    ...(endpoints.confirm && {
      confirm: (receipt, context) =>
        // Called as a method: an app's endpoints may use `this`.
        observe('confirm', [receipt.file.id], () => endpoints.confirm?.(receipt, context) as Promise<Result>),
    }),
  }
  return Object.assign(Object.create(endpoints) as UploadEndpoints<Result>, overrides)
}

/** Whether `httpEndpoints` made them and the app replaced no function. */
export function isObservable<Result>(
  endpoints: UploadEndpoints<Result>,
): endpoints is ObservableEndpoints<Result> {
  return Object.hasOwn(endpoints, 'observe')
}

/** Returns the endpoints of `httpEndpoints` that these are, or that the app spread into these. */
export function originOf(endpoints: UploadEndpoints): ObservableEndpoints<unknown> | undefined {
  return (endpoints as Partial<ObservableEndpoints<unknown>>).origin // only those have it
}
