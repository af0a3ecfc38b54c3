import type { ConfirmedUpload, Route } from './route.ts'

/** The `meta` that a browser sends and the result that it receives, by route. */
export type RouteTypesOf<Routes> = {
  readonly [Name in keyof Routes]: Routes[Name] extends Route<
    infer _User,
    infer Result,
    infer Input,
    infer _ParsedMeta
  >
    ? { readonly meta: Input; readonly result: ResultOf<Result> }
    : never
}

/**
 * Result of a confirm in the browser. It is the result of `onConfirm`, or the upload if the route has no `onConfirm`. A
 * result that is an object also gets a token for forms.
 */
type ResultOf<Result> = unknown extends Result
  ? Omit<ConfirmedUpload, 'meta' | 'etag'> & WithToken
  : [Result] extends [undefined | void]
    ? null
    : Result extends readonly unknown[] | string | number | boolean | null
      ? JsonOf<Result>
      : JsonOf<Result> & WithToken

interface WithToken {
  /** Token for a form value, read by `readUploads` of `putaway/server`. */
  readonly token: string
}

/** Type of `JSON.parse(JSON.stringify(value))`. */
type JsonOf<Value> = Value extends string | number | boolean | null | undefined
  ? Value
  : Value extends { toJSON(): infer Text }
    ? Text
    : Value extends object
      ? { readonly [Key in keyof Value]: JsonOf<Value[Key]> }
      : never
