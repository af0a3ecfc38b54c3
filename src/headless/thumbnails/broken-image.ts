import { warnDeveloper } from '../../internal/development-log.ts'

/**
 * Warns that a stored image did not load. Call it only while an app is developed. It is not in Thumbnail.tsx, because
 * lazy chunks use development-log.ts too: esbuild loads what a module imports with it, even if production drops the call.
 */
export function warnAboutBrokenImage(url: string, name: string): void {
  // The query of a signed URL is a secret.
  const [address = '', query = ''] = url.split('?')
  const advice = /sig|token/i.test(query)
    ? 'Its URL is signed, and a signature expires. Save the key of an upload, and make a new URL for each page: see node_modules/putaway/docs/showing-files.md.'
    : "Open the URL in a tab: does the object exist, is it public, and does the page's Content-Security-Policy list its origin in img-src?"
  warnDeveloper(`The stored image "${name}" did not load from ${address.slice(0, 200)}. ${advice}`)
}
