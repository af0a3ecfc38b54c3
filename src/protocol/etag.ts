/** An ETag without quotes and without the mark of a weak one, which proxies add. Undefined for an empty one. */
export function plainEtag(raw: string | undefined): string | undefined {
  return raw?.replace(/^W\//, '').replaceAll('"', '').trim() || undefined
}
