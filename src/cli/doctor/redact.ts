/** Removes credentials from text: the queries of URLs, which contain signatures, and tokens. */
export function redactSecrets(text: string): string {
  return text
    .replace(/https?:\/\/[^\s"']*/g, (url) => url.replace(/\?.*/s, '?…'))
    .replace(/(?<![\w-])[\w-]{40,}\.[\w-]{40,}/g, '…')
}
