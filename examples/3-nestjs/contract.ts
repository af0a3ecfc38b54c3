import { post } from '../shared/client/post.ts'
import type { Contract } from '../shared/client/mount.tsx'

interface Presigned {
  readonly url: string
  readonly key: string
}

export const contract: Contract = {
  async presign({ name, type }, { signal }) {
    const body = { filename: name, contentType: type }
    const { url, key } = await post<Presigned>('/upload/presigned-url', body, signal)
    return { kind: 'put', key, url, headers: { 'content-type': type } }
  },

  async confirm({ ticket }, { signal }) {
    return post('/upload/confirm', { key: ticket.key }, signal)
  },
}
