import { PGlite } from '@electric-sql/pglite'

/** One database per process: Next loads this module once for the route and once for the pages. */
const shared = globalThis as typeof globalThis & { database?: Promise<PGlite> }

export function openDatabase(): Promise<PGlite> {
  return (shared.database ??= create())
}

async function create() {
  const db = await PGlite.create()
  await db.exec(`
    CREATE TABLE posts (id serial PRIMARY KEY, owner text NOT NULL, title text NOT NULL);
    CREATE TABLE photos (
      id uuid PRIMARY KEY,
      post int NOT NULL REFERENCES posts,
      key text NOT NULL,
      name text NOT NULL,
      width int,
      height int
    );
  `)
  return db
}
