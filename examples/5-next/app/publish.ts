'use server'

import { revalidatePath } from 'next/cache'
import { readUploads } from 'putaway/server'
import { openDatabase } from './database.ts'
import { uploads } from './uploads.ts'
import { userOf } from './user.ts'

/** Publishes a post. Trusts only the tokens in the form, which state the confirmed uploads and their user. */
export async function publish(_state: string, form: FormData): Promise<string> {
  const user = await userOf()
  const title = form.get('title')
  if (!user || typeof title !== 'string' || title === '') return 'Please write a title.'

  const photos = await readUploads(form, 'photos', { handler: uploads(), route: 'photos', user })
  const confirmed = photos.flatMap((each) => (each.status === 'new' ? [each.upload] : []))
  if (confirmed.length < photos.length) return 'A photo does not belong to your uploads.'

  const db = await openDatabase()
  await db.transaction(async (sql) => {
    const { rows } = await sql.query<{ id: number }>(
      'INSERT INTO posts (owner, title) VALUES ($1, $2) RETURNING id',
      [user.id, title],
    )
    for (const { id, key, name, width, height } of confirmed) {
      await sql.query(
        `INSERT INTO photos (id, post, key, name, width, height) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (id) DO NOTHING`,
        [id, rows[0]?.id, key, name, width, height],
      )
    }
  })
  revalidatePath('/')
  return ''
}
