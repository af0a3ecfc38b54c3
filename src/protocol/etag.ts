/**
 * Returns an ETag without quotes and without `W/`, the mark of a weak ETag, which proxies add. Undefined for an empty
 * one.
 */
export function plainEtag(raw: string | undefined): string | undefined {
  return raw?.replace(/^W\//, '').replaceAll('"', '').trim() || undefined
}
