import { expect } from 'vitest'
import { pythonMissing } from './python.ts'

/** Description of one contract for the shared tests, as another client would use it. */
export interface Subject {
  readonly folder: string
  /** Why it cannot run on this machine. */
  readonly missing?: string | undefined
  /** Calls of the page for one upload: presign, and confirm if the contract has it. */
  readonly asked: readonly Call[]
  /** Bucket names by environment variable. */
  readonly buckets: Readonly<Record<string, string>>
  /** Requests a ticket for a small file of that type. */
  presign(ask: Ask, type: string): Promise<{ status: number; ticket?: Upload }>
  /** Reports to the backend that the file is stored, if the contract does so. Returns the status. */
  finish(ask: Ask, key: string): Promise<number>
  /** Runs after storage refused one of three uploads. */
  afterFailure?(url: string, user: string): Promise<void>
}

interface Call {
  readonly path: string
  /** `type` of the body, if several calls have one path. */
  readonly type?: string
}

interface Upload {
  readonly key: string
  readonly url: string
  readonly fields?: Readonly<Record<string, string>>
}

interface Presigned {
  readonly tickets: readonly { readonly ticket?: { readonly token: string; readonly url: string } }[]
}

/** Posts JSON to the example as one user. */
export type Ask = (path: string, body: object) => Promise<{ status: number; answer: Record<string, never> }>

export const subjects: readonly Subject[] = [
  {
    folder: '1-presigned-put',
    asked: [{ path: '/api/images/presigned' }],
    buckets: { S3_BUCKET: 'chat' },
    async presign(ask, type) {
      const { status, answer } = await ask('/api/images/presigned', { contentType: type })
      const { fileName, presignedUrl } = answer
      return { status, ...(status === 200 && { ticket: { key: fileName ?? '', url: presignedUrl ?? '' } }) }
    },
    finish: async (ask, key) => (await ask('/api/messages', { text: '', images: [key] })).status,
  },
  {
    folder: '2-policy-post',
    asked: [{ path: '/api/uploads' }, { path: '/api/uploads/*/completed' }],
    buckets: { S3_BUCKET: 'album' },
    async presign(ask, type) {
      const { status, answer } = await ask('/api/uploads', { name: 'a.png', size: 10, type })
      const { id = '', url = '', fields = {} } = answer
      return { status, ...(status === 200 && { ticket: { key: id, url, fields } }) }
    },
    finish: async (ask, key) => (await ask(`/api/uploads/${key}/completed`, {})).status,
    async afterFailure(url, user) {
      const known = async () => {
        const headers = { cookie: `user=${user}` }
        const rows: { status: string; reason: string | null }[] = await (
          await fetch(`${url}/api/uploads`, { headers })
        ).json()
        return rows.map(({ status, reason }) => `${status} ${reason}`).sort()
      }
      const failed: unknown = expect.stringMatching(/^failed (signature|forbidden)$/)
      await expect.poll(known).toEqual(['completed null', 'completed null', failed])
    },
  },
  {
    folder: '3-nestjs',
    asked: [{ path: '/upload/presigned-url' }, { path: '/upload/confirm' }],
    buckets: { S3_BUCKET: 'nest' },
    async presign(ask, type) {
      const { status, answer } = await ask('/upload/presigned-url', { filename: 'a.png', contentType: type })
      const { key = '', url = '' } = answer
      return { status, ...(status === 201 && { ticket: { key, url } }) }
    },
    finish: async (ask, key) => (await ask('/upload/confirm', { key })).status,
  },
  {
    folder: '4-create-and-finish',
    asked: [{ path: '/upload/create' }, { path: '/upload/finish' }],
    buckets: { S3_UPLOAD_BUCKET: 'incoming', S3_PUBLIC_BUCKET: 'public' },
    async presign(ask, type) {
      const body = { original_filename: 'a.png', content_type: type }
      const { status, answer } = await ask('/upload/create', body)
      const { key = '', presigned_upload_url: url = '' } = answer
      return { status, ...(status === 200 && { ticket: { key, url } }) }
    },
    finish: async (ask, key) => (await ask('/upload/finish', { upload_key: key, filename: 'a.png' })).status,
  },
  {
    folder: '6-python',
    missing: pythonMissing,
    asked: [
      { path: '/api/uploads', type: 'presign' },
      { path: '/api/uploads', type: 'confirm' },
    ],
    buckets: { S3_BUCKET: 'python' },
    async presign(ask, type) {
      const files = [{ id: 'a', name: 'a.png', size: 10, type }]
      const { status, answer } = await ask('/api/uploads', { type: 'presign', files })
      const [entry] = (answer as unknown as Presigned).tickets // docs/protocol.md
      return { status, ...(entry?.ticket && { ticket: { key: entry.ticket.token, url: entry.ticket.url } }) }
    },
    finish: async (ask, token) =>
      (await ask('/api/uploads', { type: 'confirm', receipts: [{ id: 'a', token }] })).status,
  },
]
