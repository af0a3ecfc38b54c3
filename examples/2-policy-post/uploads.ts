import type { PGlite } from '@electric-sql/pglite'

interface Upload {
  readonly id: string
  readonly owner: string
  readonly name: string
  readonly type: string
  readonly size: number
}

/** The file details from presign, and the outcome of the upload. */
export async function openUploads(db: PGlite) {
  await db.exec(`
    CREATE TABLE uploads (
      id text PRIMARY KEY,
      owner text NOT NULL,
      name text NOT NULL,
      type text NOT NULL,
      size int NOT NULL,
      status text NOT NULL DEFAULT 'presigned',
      reason text
    )
  `)
  return {
    add: ({ id, owner, name, type, size }: Upload) =>
      db.query('INSERT INTO uploads (id, owner, name, type, size) VALUES ($1, $2, $3, $4, $5)', [
        id,
        owner,
        name,
        type,
        size,
      ]),

    /** A late failure does not change a completed upload. */
    end: (owner: string, id: string, status: 'completed' | 'failed', reason?: string) =>
      db.query(
        `UPDATE uploads SET status = $3, reason = $4 WHERE owner = $1 AND id = $2 AND status <> 'completed'`,
        [owner, id, status, reason ?? null],
      ),

    isOf: async (owner: string, id: string) =>
      (await db.query('SELECT FROM uploads WHERE owner = $1 AND id = $2', [owner, id])).rows.length === 1,

    of: async (owner: string) =>
      (await db.query('SELECT name, type, size, status, reason FROM uploads WHERE owner = $1', [owner])).rows,
  }
}
