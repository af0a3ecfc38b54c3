import type { NextFunction, Request, Response } from 'express'

/** What a request is refused with: a status, a sentence, and a code of docs/errors.md where the status does not say it. */
export class Refusal extends Error {
  readonly status: number
  readonly code: string | undefined

  constructor(status: number, message: string, code?: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** The JSON of a refusal, as `UploadError.fromResponse` reads it in the page. */
export function refusalBody({ message, code }: Pick<Refusal, 'message' | 'code'>) {
  return { error: { code, message } }
}

/** The last handler of an Express app: says what was refused, and of what broke only that it did. */
export function answerError(thrown: unknown, _request: Request, response: Response, _next: NextFunction) {
  const status = thrown instanceof Error && 'status' in thrown ? Number(thrown.status) : 500
  if (status >= 500) console.error(thrown)
  const message = thrown instanceof Error && status < 500 ? thrown.message : 'Something went wrong.'
  const code = thrown instanceof Refusal ? thrown.code : undefined
  response.status(status).json(refusalBody({ message, code }))
}

/** A text that came in a body. @throws Refusal 400 */
export function readText(body: unknown, name: string, longest = 255): string {
  const value = typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined
  if (typeof value === 'string' && value.length <= longest) return value
  throw new Refusal(400, `"${name}" must be a text of at most ${longest} characters.`)
}

/** Texts that came in a body. @throws Refusal 400 */
export function readTexts(body: unknown, name: string, most: number): string[] {
  const value: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined
  const texts = Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
  if (Array.isArray(value) && texts.length === value.length && texts.length <= most) return texts
  throw new Refusal(400, `"${name}" must be a list of at most ${most} texts.`)
}
