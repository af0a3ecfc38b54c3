import { UploadError } from 'putaway'

/** Asks your backend. What it refuses becomes an error that the page has words for. @throws UploadError */
export async function post<Answer>(path: string, body: object, signal?: AbortSignal): Promise<Answer> {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    ...(signal && { signal }),
  })
  if (!response.ok) throw await UploadError.fromResponse(response)
  return (await response.json()) as Answer // what your backend promises; the engine reads every ticket
}
