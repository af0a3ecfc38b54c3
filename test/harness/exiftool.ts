import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import exiftoolPath from 'exiftool-vendored.pl'

function inFolder<Answer>(task: (folder: string) => Answer): Answer {
  const folder = mkdtempSync(join(tmpdir(), 'putaway-exiftool-'))
  try {
    return task(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function run(args: readonly string[]): string {
  return execFileSync('perl', [exiftoolPath, ...args], { encoding: 'utf8', maxBuffer: 100_000_000 })
}

/** Returns the bytes with tags written by exiftool: `['-GPSLatitude=1', …]`. */
export function writeTags(bytes: Uint8Array, extension: string, tags: readonly string[]): Uint8Array {
  return inFolder((folder) => {
    const path = join(folder, `picture.${extension}`)
    writeFileSync(path, bytes)
    run(['-q', '-m', '-overwrite_original', ...tags, path])
    return new Uint8Array(readFileSync(path))
  })
}

/** Tags of a file by group and name, for example `GPS:GPSLatitude`. A tag that is there twice has a list. */
export type Tags = Readonly<Record<string, readonly string[]>>

/**
 * Returns all tags of each file, with those of the pictures and videos in it, unknown ones and the warnings of exiftool's
 * validation. One call for all files: Perl takes a second to start.
 */
export function readTags(files: Readonly<Record<string, Uint8Array>>): Record<string, Tags> {
  return inFolder((folder) => {
    const names = Object.keys(files)
    for (const name of names) writeFileSync(join(folder, name), files[name] ?? '')
    const options = ['-j', '-a', '-u', '-G1:4', '-ee', '-validate', '-all']
    const answers = JSON.parse(run([...options, ...names.map((name) => join(folder, name))])) as Record<
      string,
      unknown
    >[]
    return Object.fromEntries(answers.map((answer, index) => [names[index], byName(answer)]))
  })
}

function byName(answer: Readonly<Record<string, unknown>>): Tags {
  const tags: Record<string, string[]> = {}
  for (const [key, value] of Object.entries(answer)) {
    const name = key.replace(/:Copy\d+/, '')
    if (!name.startsWith('System:') && name !== 'SourceFile') (tags[name] ??= []).push(String(value))
  }
  return tags
}
