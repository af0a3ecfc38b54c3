import { openDatabase } from './database.ts'
import { Editor } from './Editor.tsx'
import { urlOf } from './storage.ts'

/** What is in it differs from request to request. */
export const dynamic = 'force-dynamic'

interface Row {
  readonly id: number
  readonly title: string
  readonly keys: string[]
}

export default async function Page() {
  const db = await openDatabase()
  const { rows } = await db.query<Row>(`
    SELECT p.id, p.title, coalesce(array_agg(f.key) FILTER (WHERE f.key IS NOT NULL), '{}') AS keys
    FROM posts p LEFT JOIN photos f ON f.post = p.id GROUP BY p.id ORDER BY p.id DESC
  `)
  const posts = await Promise.all(
    rows.map(async ({ id, title, keys }) => ({ id, title, urls: await Promise.all(keys.map(urlOf)) })),
  )
  return (
    <main>
      <Editor key={posts[0]?.id} />
      <ul aria-label="Posts">
        {posts.map(({ id, title, urls }) => (
          <li key={id}>
            <h2>{title}</h2>
            {urls.map((url) => (
              // Its URL is signed for ten minutes: nothing to keep an optimized copy of.
              // oxlint-disable-next-line nextjs/no-img-element
              <img key={url} src={url} alt="" width={160} />
            ))}
          </li>
        ))}
      </ul>
    </main>
  )
}
