'use server'

import { revalidatePath } from 'next/cache'
import { openDatabase } from './database.ts'
import { userOf } from './user.ts'

/** The form names uploads by their ids, and what is taken of them is only what is this user's. */
export async function publish(_state: string, form: FormData): Promise<string> {
  const user = await userOf()
  const title = form.get('title')
  if (user === undefined || typeof title !== 'string' || title === '') return 'Please write a title.'
  const ids = form.getAll('photos').filter((each) => typeof each === 'string')
  const db = await openDatabase()
  const published = await db.transaction(async (sql) => {
    const { rows } = await sql.query<{ id: number }>(
      'INSERT INTO posts (owner, title) VALUES ($1, $2) RETURNING id',
      [user, title],
    )
    const taken = await sql.query(
      'UPDATE photos SET post = $1 WHERE id::text = ANY($2) AND owner = $3 AND post IS NULL',
      [rows[0]?.id, ids, user],
    )
    if (taken.affectedRows === ids.length) return true
    await sql.rollback()
    return false
  })
  if (!published) return 'A photo is not yours, or already in a post.'
  revalidatePath('/')
  return ''
}
