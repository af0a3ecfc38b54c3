import type { ResolvedRoute } from './resolved-route.ts'

/**
 * Whether many files of a route may share a policy that is signed once. False when presign must check each file,
 * because the route has a `metaSchema` or `reusePolicies: false`.
 */
export async function canReusePolicies(route: ResolvedRoute): Promise<boolean> {
  const { rules, strategy, promote, storage } = route
  const usesPost = strategy === 'post' || strategy === 'auto'
  const hasSmallFiles = storage.multipartFrom > route.minSize
  return (
    usesPost &&
    hasSmallFiles &&
    promote &&
    !rules.metaSchema &&
    rules.reusePolicies !== false &&
    (await storage.acceptsPost())
  )
}
