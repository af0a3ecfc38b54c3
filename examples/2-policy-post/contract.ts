import { post } from '../shared/client/post.ts'
import type { Contract } from '../shared/client/mount.tsx'

interface Presigned {
  readonly id: string
  readonly url: string
  readonly fields: Readonly<Record<string, string>>
}

export const contract: Contract = {
  async presign({ name, size, type }, { signal }) {
    const { id, url, fields } = await post<Presigned>('/api/uploads', { name, size, type }, signal)
    return { kind: 'post', key: id, url, fields }
  },

  async confirm({ ticket }, { signal }) {
    return post(`/api/uploads/${ticket.key}/completed`, {}, signal)
  },

  async failed(_file, ticket, error) {
    if (!ticket) return
    return post<{ deleted: boolean }>(`/api/uploads/${ticket.key}/failed`, { reason: error.code })
  },
}
