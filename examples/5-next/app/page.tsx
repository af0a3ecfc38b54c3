import { openDatabase } from './database.ts'
import { Editor } from './Editor.tsx'
import { urlOf } from './storage.ts'

/** Not prerendered: the content differs per request. */
export const dynamic = 'force-dynamic'

interface Row {
  readonly id: number
  readonly title: string
  readonly photos: readonly {
    readonly key: string
    readonly name: string
    readonly width: number
    readonly height: number
  }[]
}

export default async function Page() {
  const db = await openDatabase()
  const { rows: posts } = await db.query<Row>(`
    SELECT p.id, p.title, coalesce(json_agg(f) FILTER (WHERE f.id IS NOT NULL), '[]') AS photos
    FROM posts p LEFT JOIN photos f ON f.post = p.id GROUP BY p.id ORDER BY p.id DESC
  `)
  return (
    <main>
      <Editor key={posts[0]?.id} />
      <ul aria-label="Posts">
        {posts.map(({ id, title, photos }) => (
          <li key={id}>
            <h2>{title}</h2>
            {photos.map(async ({ key, name, width, height }) => (
              // Not optimized: the signed URL changes and expires after ten minutes, so a cached copy would not be reused.
              <img key={key} src={await urlOf(key)} alt={name} width={160} height={(160 * height) / width} />
            ))}
          </li>
        ))}
      </ul>
    </main>
  )
}
