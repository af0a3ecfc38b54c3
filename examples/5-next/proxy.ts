import { NextResponse } from 'next/server'
import type { NextRequest } from 'next/server'

/** Instead of signing in: whoever opens the page becomes a user. */
export function proxy({ cookies }: NextRequest) {
  const response = NextResponse.next()
  if (!cookies.has('user')) {
    response.cookies.set('user', crypto.randomUUID(), { httpOnly: true, sameSite: 'lax' })
  }
  return response
}

export const config = { matcher: '/' }
