import type { Endpoints, UploadOptions } from './context.ts'

/**
 * Registers the types of the app's upload handler, so that hooks know its routes:
 *
 * ```ts
 * declare module 'putaway' {
 *   interface Register { uploads: typeof uploads }
 * }
 * ```
 */
// oxlint-disable-next-line typescript/no-empty-object-type -- apps fill it in
export interface Register {}

/** Route types of a handler of `putaway/server`. */
interface RouteTypes {
  readonly [name: string]: { readonly meta: unknown; readonly result: unknown }
}

type Routes = Register extends {
  readonly uploads: { readonly '~routes'?: infer RegisteredRoutes extends RouteTypes }
}
  ? RegisteredRoutes
  : Record<never, never>

export type RouteName = Extract<keyof Routes, string>

/** The result of confirm on a registered route. */
export type RouteResult<Name extends RouteName> = Routes[Name] extends { readonly result: infer Result }
  ? Result
  : unknown

type RouteMeta<Name extends RouteName> = Routes[Name] extends { readonly meta: infer MetaInput }
  ? MetaInput
  : unknown

/** Options for a registered route. `meta` is required if the route's `metaSchema` requires it. */
export type RouteOptions<Name extends RouteName> = Omit<
  UploadOptions<RouteResult<Name>>,
  'route' | 'meta'
> & {
  readonly route: Name
} & (Record<never, never> extends RouteMeta<Name>
    ? { readonly meta?: MetaOption<Name> | undefined }
    : { readonly meta: MetaOption<Name> })

type MetaOption<Name extends RouteName> = RouteMeta<Name> | ((file: File) => RouteMeta<Name>)

/**
 * Options for a backend that is not registered. If a handler is registered, such options may name a route only
 * together with `endpoints`.
 */
export type UnregisteredOptions<Result> = [RouteName] extends [never]
  ? UploadOptions<Result>
  : | (UploadOptions<Result> & { readonly route?: undefined })
    | (UploadOptions<Result> & { readonly endpoints: Endpoints<Result> })
