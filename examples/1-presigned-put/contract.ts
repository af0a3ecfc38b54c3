import { post } from '../shared/client/post.ts'
import type { Contract } from '../shared/client/mount.tsx'

interface Presigned {
  readonly presignedUrl: string
  readonly fileName: string
}

export const contract: Contract = {
  async presign({ type }, { signal }) {
    const body = { contentType: type }
    const { presignedUrl, fileName } = await post<Presigned>('/api/images/presigned', body, signal)
    return { kind: 'put', key: fileName, url: presignedUrl, headers: { 'content-type': type } }
  },

  // The message tells the backend, when it names its images.
  async confirm({ ticket }) {
    return { key: ticket.key }
  },
}
