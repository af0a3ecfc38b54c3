import { loadMeasure } from './image/image-rules.ts'
import type { ResolvedRoute } from '../routes/resolved-route.ts'
import { loadSniffer } from './sniff.ts'

/** Loaders of the optional packages. Each rejects with an Error that names the package to install. */
interface PackageLoaders {
  readonly sniff: () => Promise<unknown>
  readonly image: () => Promise<unknown>
}

const packageLoaders: PackageLoaders = { sniff: () => loadSniffer(), image: () => loadMeasure() }

/** Loads the packages that the routes need. Rejects when one is missing. */
export async function loadPackages(routes: Iterable<ResolvedRoute>): Promise<void> {
  await Promise.all(loadNeeded(routes, packageLoaders))
}

/**
 * Reports each missing package that the routes need, once. Bundlers leave out a package that is not installed, so its
 * import fails only at run time. Never rejects.
 */
export async function reportMissing(
  routes: Iterable<ResolvedRoute>,
  report: (thrown: unknown) => void,
  loaders: PackageLoaders = packageLoaders,
): Promise<void> {
  await Promise.all(loadNeeded(routes, loaders).map((loading) => loading.catch(report)))
}

function loadNeeded(routes: Iterable<ResolvedRoute>, loaders: PackageLoaders): Promise<unknown>[] {
  const allRoutes = [...routes]
  return [
    ...(allRoutes.some(({ detectType: sniff }) => sniff) ? [loaders.sniff()] : []),
    ...(allRoutes.some(({ image }) => image) ? [loaders.image()] : []),
  ]
}
