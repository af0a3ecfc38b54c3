import { UploadError } from 'putaway'
import type { UploadErrorCode } from 'putaway'

const codes: Readonly<Record<number, UploadErrorCode>> = {
  401: 'unauthorized',
  403: 'forbidden',
  409: 'not-stored',
  413: 'too-large',
  415: 'wrong-type',
  429: 'throttled',
}

/** Asks your backend. What it refuses becomes an error that the page has words for. @throws UploadError */
export async function post<Answer>(path: string, body: object, signal?: AbortSignal): Promise<Answer> {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    ...(signal && { signal }),
  })
  const { status } = response
  if (!response.ok) {
    const code = codes[status] ?? (status < 500 ? 'rejected' : 'unavailable')
    throw new UploadError(code, { phase: 'starting', status, message: `${path} answered ${status}.` })
  }
  return (await response.json()) as Answer // what your backend promises; the engine reads every ticket
}
