import { cookies } from 'next/headers'

/** Who is it? Where you look at your session. */
export async function userOf(): Promise<{ readonly id: string } | null> {
  const id = (await cookies()).get('user')?.value
  return id === undefined ? null : { id }
}
