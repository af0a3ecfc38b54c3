import { NextResponse } from 'next/server'
import type { NextRequest } from 'next/server'

/** Replaces a sign-in: each new visitor becomes a user. */
export function proxy({ cookies }: NextRequest) {
  const response = NextResponse.next()
  if (!cookies.has('user')) {
    response.cookies.set('user', crypto.randomUUID(), { httpOnly: true, sameSite: 'lax' })
  }
  return response
}

export const config = { matcher: '/' }
