import { parseMetadata } from '@uswriting/exiftool'

/** Tags of a file by group and name, for example `GPS:GPSLatitude`. A tag that is there twice has a list. */
export type Tags = Readonly<Record<string, readonly string[]>>

/**
 * Returns all tags of a file, with those of the pictures and videos in it, unknown ones and the warnings of exiftool's
 * validation. exiftool runs in WebAssembly, so that the tests need no Perl.
 */
export async function readTags(name: string, bytes: Uint8Array): Promise<Tags> {
  const answer = await parseMetadata(new File([bytes.slice()], name), {
    args: ['-j', '-a', '-u', '-G1:4', '-ee', '-validate', '-all'],
    transform: (json) => JSON.parse(json) as Readonly<Record<string, unknown>>[],
  })
  if (!answer.success) throw new Error(`exiftool cannot read ${name}: ${answer.error}`)
  const tags: Record<string, string[]> = {}
  for (const [key, value] of Object.entries(answer.data[0] ?? {})) {
    const tag = key.replace(/:Copy\d+/, '')
    if (!tag.startsWith('System:') && tag !== 'SourceFile') (tags[tag] ??= []).push(String(value))
  }
  return tags
}
