import { createUploadHandler, route } from 'putaway/server'
import { openDatabase } from '../../database.ts'
import { storage } from '../../storage.ts'
import { userOf } from '../../user.ts'

/** When the first request comes: a build has no secret. */
let uploads: ReturnType<typeof create> | undefined

export function POST(request: Request): Promise<Response> {
  return (uploads ??= create())(request)
}

function create() {
  return createUploadHandler({
    storage,
    secret: process.env.UPLOAD_SECRET,
    routes: {
      photos: route({
        accept: ['image/jpeg', 'image/png', 'image/webp'],
        maxSize: '5MB',
        authorize: async () => {
          const id = await userOf()
          return id === undefined ? null : { id }
        },
        onConfirm: async ({ id, key, name }, { user }) => {
          const db = await openDatabase()
          await db.query(
            'INSERT INTO photos (id, owner, key, name) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING',
            [id, user.id, key, name],
          )
          return { id }
        },
      }),
    },
  })
}
