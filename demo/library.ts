import { PGlite } from '@electric-sql/pglite'

export type Kind = 'avatar' | 'photos' | 'files'

/** A confirmed upload. */
export interface StoredUpload {
  readonly id: string
  readonly kind: Kind
  readonly owner: string
  /** The key of the object in the bucket. */
  readonly key: string
  readonly name: string
  readonly size: number
  readonly type: string
}

export type Library = Awaited<ReturnType<typeof openLibrary>>

/** Stores uploads and their users in a Postgres that runs in this process. */
export async function openLibrary(directory: string) {
  const db = await PGlite.create(directory)
  await db.exec(`
    CREATE TABLE IF NOT EXISTS uploads (
      id uuid PRIMARY KEY,
      kind text NOT NULL,
      owner text NOT NULL,
      key text NOT NULL,
      name text NOT NULL,
      size bigint NOT NULL,
      type text NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now()
    );
    -- The place in its list, and the time of its removal, which the user may undo.
    ALTER TABLE uploads ADD COLUMN IF NOT EXISTS position integer;
    ALTER TABLE uploads ADD COLUMN IF NOT EXISTS removed_at timestamptz;
    CREATE INDEX IF NOT EXISTS uploads_of_owner ON uploads (owner, kind, created_at DESC);
  `)

  async function rows(query: string, values: unknown[]) {
    return (await db.query<StoredUpload>(query, values)).rows
  }

  return {
    db,

    /** Keeps one row per upload, because a confirm may arrive twice. */
    async save({ id, kind, owner, key, name, size, type }: StoredUpload) {
      await rows(
        `INSERT INTO uploads (id, kind, owner, key, name, size, type) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (id) DO UPDATE SET key = excluded.key`,
        [id, kind, owner, key, name, size, type],
      )
    },

    /** The uploads in the order of the user. New uploads are at the end. */
    list: (owner: string, kind: Kind) =>
      rows(
        `SELECT * FROM uploads WHERE owner = $1 AND kind = $2 AND removed_at IS NULL
         ORDER BY position NULLS LAST, created_at, id`,
        [owner, kind],
      ),

    /** Puts uploads in an order, restores those of them that were removed, and removes others. */
    async arrange(owner: string, kind: Kind, ids: readonly string[], removed: readonly string[]) {
      await rows(
        `UPDATE uploads SET
           position = coalesce(array_position($3::text[], id::text), position),
           removed_at = CASE WHEN id::text = ANY($4::text[]) THEN now() END
         WHERE owner = $1 AND kind = $2 AND id::text = ANY($3::text[] || $4::text[])`,
        [owner, kind, ids, removed],
      )
    },

    /** The uploads of all users that were removed this long ago. */
    removedSince: (seconds: number) =>
      rows('SELECT * FROM uploads WHERE removed_at <= now() - make_interval(secs => $1)', [seconds]),

    async find(owner: string, id: string) {
      const [row] = await rows('SELECT * FROM uploads WHERE owner = $1 AND id::text = $2', [owner, id])
      return row
    },

    async remove(owner: string, id: string) {
      await rows('DELETE FROM uploads WHERE owner = $1 AND id::text = $2', [owner, id])
    },

    close: () => db.close(),
  }
}
