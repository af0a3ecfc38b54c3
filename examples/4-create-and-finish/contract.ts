import { post } from '../shared/client/post.ts'
import type { Contract } from '../shared/client/mount.tsx'

interface Created {
  readonly key: string
  readonly presigned_upload_url: string
}

export const contract: Contract = {
  async presign({ name, type }, { signal }) {
    const body = { original_filename: name, content_type: type }
    const { key, presigned_upload_url: url } = await post<Created>('/upload/create', body, signal)
    return { kind: 'put', key, url, headers: { 'content-type': type } }
  },

  async confirm({ file, ticket }, { signal }) {
    return post('/upload/finish', { upload_key: ticket.key, filename: file.name }, signal)
  },
}
