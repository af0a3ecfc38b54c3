import type { ConfirmedUpload, Route } from './route.ts'

/** Of each route what a browser sends as `meta`, and what it gets as its result. */
export type RouteTypes<Routes> = {
  readonly [Name in keyof Routes]: Routes[Name] extends Route<
    infer _User,
    infer Result,
    infer Input,
    infer _Known
  >
    ? { readonly meta: Input; readonly result: ResultOf<Result> }
    : never
}

/** What confirm answers: without `onConfirm` the upload, and every object with a token for forms. */
type ResultOf<Result> = unknown extends Result
  ? Omit<ConfirmedUpload, 'meta' | 'etag'> & Tokened
  : [Result] extends [undefined | void]
    ? null
    : Result extends readonly unknown[] | string | number | boolean | null
      ? Json<Result>
      : Json<Result> & Tokened

interface Tokened {
  /** For a form value: `readUploads` of `putaway/server` reads it. */
  readonly token: string
}

/** What is left of a value when it has travelled as JSON. */
type Json<Value> = Value extends string | number | boolean | null | undefined
  ? Value
  : Value extends { toJSON(): infer Text }
    ? Text
    : Value extends object
      ? { readonly [Key in keyof Value]: Json<Value[Key]> }
      : never
