/**
 * Returns an ETag without quotes and without `W/`. Proxies add `W/` to mark a weak ETag. Returns undefined for an
 * empty ETag.
 */
export function plainEtag(raw: string | undefined): string | undefined {
  return raw?.replace(/^W\//, '').replaceAll('"', '').trim() || undefined
}
