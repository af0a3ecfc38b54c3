import type { ResolvedRoute } from './resolved-route.ts'

/** Whether the small files of a route are sent by POST. */
export async function sendsByPost({ strategy, promote, storage, minSize }: ResolvedRoute): Promise<boolean> {
  const usesPost = strategy === 'post' || (strategy === 'auto' && promote)
  return usesPost && storage.multipartFrom > minSize && (await storage.acceptsPost())
}

/**
 * Whether many files of a route may share a policy that is signed once. False when presign must check each file,
 * because the route has a `metaSchema` or `reusePolicies: false`.
 */
export async function canReusePolicies(route: ResolvedRoute): Promise<boolean> {
  const { rules, promote } = route
  return promote && !rules.metaSchema && rules.reusePolicies !== false && (await sendsByPost(route))
}
