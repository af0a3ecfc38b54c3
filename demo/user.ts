import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { parse } from 'hono/utils/cookie'

export const userCookie = 'putaway_demo_user'

/** Replaces a sign-in: each new visitor becomes a user. */
export function welcome(request: IncomingMessage, response: ServerResponse) {
  if (!request.headers.accept?.includes('text/html') || request.headers.cookie?.includes(userCookie)) return
  response.setHeader(
    'Set-Cookie',
    `${userCookie}=${randomUUID()}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax`,
  )
}

/** Returns the user of a request, or null. */
export function userOf(request: Request) {
  const id = parse(request.headers.get('cookie') ?? '', userCookie)[userCookie]
  return id ? { id } : null
}
