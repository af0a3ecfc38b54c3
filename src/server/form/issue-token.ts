import { uploadRecordOf } from '../inspection/inspect.ts'
import type { Inspection } from '../inspection/inspect.ts'
import type { AuthorizedUpload, RequestContext } from '../request-context.ts'

/** Signs the data of the upload that `readUploads` verifies and returns when the form is submitted. */
export function issueFormToken(
  { claims, route, user }: AuthorizedUpload,
  inspection: Inspection & { readonly key: string; readonly etag?: string },
  { valueTokenSigner, now, tokenLifetimeMs }: RequestContext,
): Promise<string> {
  const { key: _, ...record } = uploadRecordOf(claims, claims.meta, inspection)
  return valueTokenSigner.issue({
    ...record,
    meta: claims.meta,
    ...inspection,
    route: route.name,
    user: user.id,
    exp: now() + tokenLifetimeMs,
  })
}
