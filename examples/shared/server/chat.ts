import { PGlite } from '@electric-sql/pglite'
import { Refusal } from './refusal.ts'

export interface Image {
  /** The object's key in the bucket. */
  readonly key: string
  readonly owner: string
  readonly type: string
  readonly size: number
}

export type Chat = Omit<Awaited<ReturnType<typeof openChat>>, 'db'>

/** The app's data: messages with images, in a Postgres that runs in this process. */
export async function openChat() {
  const db = await PGlite.create()
  await db.exec(`
    CREATE TABLE messages (id serial PRIMARY KEY, owner text NOT NULL, text text NOT NULL);
    CREATE TABLE images (
      key text PRIMARY KEY,
      owner text NOT NULL,
      type text NOT NULL,
      size int NOT NULL,
      message int REFERENCES messages
    );
  `)

  return {
    db,

    /** Saves an image that is stored and checked. Idempotent. */
    async addImage({ key, owner, type, size }: Image) {
      await db.query(
        'INSERT INTO images (key, owner, type, size) VALUES ($1, $2, $3, $4) ON CONFLICT (key) DO NOTHING',
        [key, owner, type, size],
      )
    },

    /** Returns whether the object may be deleted: not if it was sent, and not if it belongs to another user. */
    async removeImage(owner: string, key: string): Promise<boolean> {
      await db.query('DELETE FROM images WHERE key = $1 AND owner = $2 AND message IS NULL', [key, owner])
      return (await db.query('SELECT FROM images WHERE key = $1', [key])).rows.length === 0
    },

    /** Saves a message, if every image belongs to the sender and is in no other message. @throws Refusal 409 */
    async send(owner: string, text: string, keys: readonly string[]) {
      await db.transaction(async (sql) => {
        const { rows } = await sql.query<{ id: number }>(
          'INSERT INTO messages (owner, text) VALUES ($1, $2) RETURNING id',
          [owner, text],
        )
        const taken = await sql.query(
          'UPDATE images SET message = $1 WHERE key = ANY($2) AND owner = $3 AND message IS NULL',
          [rows[0]?.id, keys, owner],
        )
        if (taken.affectedRows !== keys.length)
          throw new Refusal(409, 'An image cannot be sent: it does not exist, or was already sent.')
      })
    },

    /** Returns the messages, newest first, each image with its URL from `urlOf`. */
    async messages(urlOf: (key: string) => string | Promise<string>) {
      const { rows } = await db.query<{ id: number; text: string; keys: string[] }>(`
        SELECT m.id, m.text, coalesce(array_agg(i.key ORDER BY i.key) FILTER (WHERE i.key IS NOT NULL), '{}') AS keys
        FROM messages m LEFT JOIN images i ON i.message = m.id GROUP BY m.id ORDER BY m.id DESC
      `)
      return Promise.all(
        rows.map(async ({ id, text, keys }) => ({
          id,
          text,
          images: await Promise.all(keys.map(async (key) => ({ key, url: await urlOf(key) }))),
        })),
      )
    },
  }
}
