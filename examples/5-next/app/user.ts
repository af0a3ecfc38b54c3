import { cookies } from 'next/headers'

/** Returns the user of a request. Replace it with your session check. */
export async function userOf(): Promise<{ readonly id: string } | null> {
  const id = (await cookies()).get('user')?.value
  return id === undefined ? null : { id }
}
