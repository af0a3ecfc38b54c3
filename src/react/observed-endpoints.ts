import type { UploadEndpoints } from '../core/ports.ts'
import type { RequestObserver } from '../transport/http/connect-http.ts'
import type { ObservableEndpoints } from '../transport/http/http-endpoints.ts'

/** Returns the same endpoints, with presign and confirm passed through the observer. */
export function observeEndpoints<Result>(
  endpoints: UploadEndpoints<Result>,
  observe: RequestObserver,
): UploadEndpoints<Result> {
  if (isObservable(endpoints)) return endpoints.observe(observe)
  // Inherits from the app's object, so that its other functions are kept, even those of a class instance.
  const overrides: Pick<UploadEndpoints<Result>, 'presign' | 'confirm'> = {
    presign: (file, context) => observe('presign', [file.id], () => endpoints.presign(file, context)),
    ...(endpoints.confirm && {
      confirm: (receipt, context) =>
        // Calls `confirm` as a method of `endpoints`, because an app's function may use `this`.
        observe('confirm', [receipt.file.id], () => endpoints.confirm?.(receipt, context) as Promise<Result>),
    }),
  }
  return Object.assign(Object.create(endpoints) as UploadEndpoints<Result>, overrides)
}

/** Whether `httpEndpoints` created the endpoints and the app has replaced none of their functions. */
export function isObservable<Result>(
  endpoints: UploadEndpoints<Result>,
): endpoints is ObservableEndpoints<Result> {
  return Object.hasOwn(endpoints, 'observe')
}

/**
 * Returns the object that `httpEndpoints` created. It is `endpoints` itself, or the object that the app spread into
 * `endpoints`. Undefined for other endpoints.
 */
export function originOf(endpoints: UploadEndpoints): ObservableEndpoints<unknown> | undefined {
  return (endpoints as Partial<ObservableEndpoints<unknown>>).origin // only objects of `httpEndpoints` have `origin`
}
