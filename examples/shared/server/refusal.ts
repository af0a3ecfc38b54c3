import type { NextFunction, Request, Response } from 'express'

/** An error response: a status, a sentence, and a code of docs/errors.md if the status is not precise enough. */
export class Refusal extends Error {
  readonly status: number
  readonly code: string | undefined

  constructor(status: number, message: string, code?: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** JSON of a refusal, in a format that `UploadError.fromResponse` reads in the page. */
export function refusalBody({ message, code }: Pick<Refusal, 'message' | 'code'>) {
  return { error: { code, message } }
}

/** Last handler of an Express app: sends the reason of a refusal, and hides the details of unexpected errors. */
export function answerError(thrown: unknown, _request: Request, response: Response, _next: NextFunction) {
  const status = thrown instanceof Error && 'status' in thrown ? Number(thrown.status) : 500
  if (status >= 500) console.error(thrown)
  const message = thrown instanceof Error && status < 500 ? thrown.message : 'Something went wrong.'
  const code = thrown instanceof Refusal ? thrown.code : undefined
  response.status(status).json(refusalBody({ message, code }))
}

/** Reads a string from a body. @throws Refusal 400 */
export function readText(body: unknown, name: string, longest = 255): string {
  const value = typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined
  if (typeof value === 'string' && value.length <= longest) return value
  throw new Refusal(400, `"${name}" must be a text of at most ${longest} characters.`)
}

/** Reads an array of strings from a body. @throws Refusal 400 */
export function readTexts(body: unknown, name: string, most: number): string[] {
  const value: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined
  const texts = Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
  if (Array.isArray(value) && texts.length === value.length && texts.length <= most) return texts
  throw new Refusal(400, `"${name}" must be a list of at most ${most} texts.`)
}
