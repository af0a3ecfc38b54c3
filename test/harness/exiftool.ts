import { setFlagsFromString } from 'node:v8'

/** Tags of a file by group and name, for example `GPS:GPSLatitude`. A tag that is there twice has a list. */
export type Tags = Readonly<Record<string, readonly string[]>>

/**
 * Returns all tags of files, with those of the pictures and videos in them, unknown ones and the warnings of exiftool's
 * validation. exiftool runs in WebAssembly, so that the tests need no Perl. One run reads all files: each run loads all
 * of exiftool, which takes one to two seconds of CPU time.
 */
export async function readTags(files: readonly File[]): Promise<readonly Tags[]> {
  // Its WebAssembly has 25 MB. To optimize that code takes V8 longer than to run it unoptimized for a few files.
  setFlagsFromString('--liftoff-only')
  const { parseMetadata } = await import('@uswriting/exiftool')
  const paths = files.map(({ name }, index) => `/${index}-${name}`)
  // The package gives exiftool one file. It is also the configuration, a Perl program, which writes the other files.
  const configuration = new File([await writeFilesInPerl(files, paths)], 'files.pl')
  const answer = await parseMetadata(configuration, {
    args: ['-config', '/files.pl', '-q', '-j', '-a', '-u', '-G1:4', '-ee', '-validate', '-all', ...paths],
    transform: (json) => JSON.parse(json) as Readonly<Record<string, unknown>>[],
  })
  if (!answer.success) throw new Error(`exiftool cannot read ${paths.join(', ')}: ${answer.error}`)
  const found = new Map(answer.data.map((tags) => [tags.SourceFile, tags]))
  return paths.map((path) => {
    const read = found.get(path)
    if (!read) throw new Error(`exiftool has no tags of ${path}`)
    const tags: Record<string, string[]> = {}
    for (const [key, value] of Object.entries(read)) {
      const tag = key.replace(/:Copy\d+/, '')
      if (!tag.startsWith('System:') && tag !== 'SourceFile') (tags[tag] ??= []).push(String(value))
    }
    return tags
  })
}

async function writeFilesInPerl(files: readonly File[], paths: readonly string[]): Promise<string> {
  const writes = files.map(async (file, index) => {
    const hex = Buffer.from(await file.arrayBuffer()).toString('hex')
    return `open($file, '>:raw', '${paths[index]}') or die; print $file pack('H*', '${hex}'); close($file);`
  })
  return `my $file;\n${(await Promise.all(writes)).join('\n')}\n1;\n`
}
