/** Takes out what opens something: queries of URLs, where signatures are, and tokens. */
export function withoutSecrets(text: string): string {
  return text.replace(/(https?:\/\/[^\s"'?]*)\?[^\s"']*/g, '$1?…').replace(/\b[\w-]{40,}\.[\w-]{40,}\b/g, '…')
}
