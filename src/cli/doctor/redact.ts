/** Removes credentials from text: URL queries and passwords, tokens, signatures, policies, and the given secrets. */
export function redactSecrets(text: string, secrets: readonly string[] = []): string {
  return secrets
    .filter((secret) => secret.length >= 4)
    .toSorted((a, b) => b.length - a.length)
    .reduce((redacted, secret) => redacted.replaceAll(secret, '…'), text)
    .replace(/https?:\/\/[^\s"']*/g, (url) => url.replace(/\?.*/s, '?…').replace(/\/\/[^/@]*@/, '//…@'))
    .replace(/(?<![\w-])[\w-]{40,}\.[\w-]{40,}/g, '…')
    .replace(/\b[0-9a-f]{64}\b/gi, '…')
    .replace(/[\w+=]{80,}/g, '…')
}
