import type { ResolvedRoute } from './resolved-route.ts'

/**
 * Whether a route's files may share a policy that is signed once for many. False when presign must check each file: with
 * `metaSchema`, or with `reusePolicies: false`.
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
