import { cookies } from 'next/headers'

/** Who is it? Where you look at your session. */
export async function userOf(): Promise<string | undefined> {
  return (await cookies()).get('user')?.value
}
