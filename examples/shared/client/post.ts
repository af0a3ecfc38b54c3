import { UploadError } from 'putaway'

/** Posts JSON to your backend. @throws UploadError for an error response, with a text that users can read */
export async function post<Answer>(path: string, body: object, signal?: AbortSignal): Promise<Answer> {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    ...(signal && { signal }),
  })
  if (!response.ok) throw await UploadError.fromResponse(response)
  return (await response.json()) as Answer // your backend guarantees the type; the engine validates every ticket
}
