import { hasMaximum, loadImageMeasure } from './image/image-rules.ts'
import type { AnyRoute } from '../routes/route.ts'
import { worksWithoutFileType } from './built-in-sniffer.ts'
import { loadSniffer } from './sniff.ts'

/** Loaders of the optional packages. Each rejects with an Error that names the package to install. */
interface PackageLoaders {
  readonly sniff: () => Promise<unknown>
  readonly image: () => Promise<unknown>
}

const packageLoaders: PackageLoaders = { sniff: () => loadSniffer(), image: () => loadImageMeasure() }

/** Loads the packages that the routes need. Rejects when one is missing. */
export async function loadRequiredPackages(routes: Iterable<PackageOptions>): Promise<void> {
  await Promise.all(startLoadingPackages(routes, packageLoaders))
}

/**
 * Reports each missing package that the routes need, once. A bundler gives no error for a package that is not installed.
 * Its import fails only at run time. Never rejects.
 */
export async function reportMissingPackages(
  routes: Iterable<PackageOptions>,
  report: (thrown: unknown) => void,
  loaders: PackageLoaders = packageLoaders,
): Promise<void> {
  await Promise.all(startLoadingPackages(routes, loaders).map((loading) => loading.catch(report)))
}

/** The options of a route that need a package. */
type PackageOptions = Pick<AnyRoute, 'accept' | 'detectType' | 'image'>

function startLoadingPackages(routes: Iterable<PackageOptions>, loaders: PackageLoaders): Promise<unknown>[] {
  const otherRoutes = [...routes].filter(({ accept }) => !worksWithoutFileType(accept))
  return [
    ...(otherRoutes.some(({ detectType = true }) => detectType) ? [loaders.sniff()] : []),
    ...(otherRoutes.some(({ image }) => image && !hasMaximum(image === true ? {} : image))
      ? [loaders.image()]
      : []),
  ]
}
