/** Creates a JSON response of the upload endpoint. */
export function jsonResponse(status: number, body: unknown, retryAfter?: number): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      'content-type': 'application/json',
      // Tickets are secrets of one user, so no cache may keep them.
      'cache-control': 'no-store',
      ...(status === 405 && { allow: 'POST' }),
      ...(retryAfter !== undefined && { 'retry-after': String(Math.ceil(retryAfter / 1000)) }),
    },
  })
}
