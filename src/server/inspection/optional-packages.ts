import { loadMeasure } from './image/image-rules.ts'
import type { AnyRoute } from '../routes/route.ts'
import { loadSniffer } from './sniff.ts'

/** Loaders of the optional packages. Each rejects with an Error that names the package to install. */
interface PackageLoaders {
  readonly sniff: () => Promise<unknown>
  readonly image: () => Promise<unknown>
}

const packageLoaders: PackageLoaders = { sniff: () => loadSniffer(), image: () => loadMeasure() }

/** Loads the packages that the routes need. Rejects when one is missing. */
export async function loadPackages(routes: Iterable<RouteNeeds>): Promise<void> {
  await Promise.all(loadNeeded(routes, packageLoaders))
}

/**
 * Reports each missing package that the routes need, once. Bundlers leave out a package that is not installed, so its
 * import fails only at run time. Never rejects.
 */
export async function reportMissing(
  routes: Iterable<RouteNeeds>,
  report: (thrown: unknown) => void,
  loaders: PackageLoaders = packageLoaders,
): Promise<void> {
  await Promise.all(loadNeeded(routes, loaders).map((loading) => loading.catch(report)))
}

/** The options of a route that need a package. */
interface RouteNeeds {
  readonly detectType?: boolean | undefined
  readonly image?: AnyRoute['image'] | undefined
}

function loadNeeded(routes: Iterable<RouteNeeds>, loaders: PackageLoaders): Promise<unknown>[] {
  const allRoutes = [...routes]
  return [
    ...(allRoutes.some(({ detectType = true }) => detectType) ? [loaders.sniff()] : []),
    ...(allRoutes.some(({ image }) => image) ? [loaders.image()] : []),
  ]
}
