import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path/posix'
import { afterAll, describe, expect, test } from 'vitest'
import packageJson from '../package.json' with { type: 'json' }
import { tsc } from './harness/tsc.ts'

const docsPages = readdirSync('docs')
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`)
const snippetPages = ['README.md', ...docsPages]
const linkedPages = [
  ...snippetPages,
  'CONTRIBUTING.md',
  'packages/local-s3/README.md',
  'llms.txt',
  'SKILL.md',
]

interface Snippet {
  /** Page and line, for example `docs/hooks.md:20`. */
  readonly source: string
  readonly language: string
  readonly code: string
}

function snippetsOf(page: string): Snippet[] {
  const text = readFileSync(page, 'utf8')
  return Array.from(
    text.matchAll(/^```([a-z]+)\n(.*?)^```$/gms),
    ({ 1: language = '', 2: code = '', index }) => ({
      source: `${page}:${text.slice(0, index).split('\n').length}`,
      language,
      code,
    }),
  )
}

const snippets = snippetPages.flatMap(snippetsOf)

/** Names that the snippets of docs/your-backend.md use: the example apps import them. */
const backendGlobals = `
type Contract = import('putaway').UploadEndpoints
declare const UploadError: typeof import('putaway').UploadError
declare function post<Answer>(path: string, body: object, signal?: AbortSignal): Promise<Answer>
interface Presigned {
  id: string
  key: string
  url: string
  fields: Record<string, string>
  fileName: string
  presignedUrl: string
}
interface Created {
  key: string
  presigned_upload_url: string
}
`

describe('TypeScript snippets compile', () => {
  // The folder is beside the sources, so that imports resolve as for users.
  const folder = 'test/docs-snippets'
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  // docs/api.md quotes declarations, which import nothing.
  const typescript = snippets.filter(
    ({ language, source }) => /^tsx?$/.test(language) && !source.startsWith('docs/api.md'),
  )
  const isRegistration = ({ code }: Snippet) => code.includes("declare module 'putaway'")
  const isContract = ({ source }: Snippet) => source.startsWith('docs/your-backend.md')
  // A registration changes the types of every hook in its program.
  const programs = {
    pages: typescript.filter((snippet) => !isRegistration(snippet) && !isContract(snippet)),
    registration: typescript.filter(isRegistration),
    contracts: typescript.filter(isContract),
  }

  test.each(Object.entries(programs))(
    'snippets of the program %s compile',
    async (name, members) => {
      expect(members.length).toBeGreaterThan(0)
      expect(await compile(join(folder, name), members)).toBe('')
    },
    120_000,
  )
})

/** Returns the output of tsc for a program of snippets, with page and line in place of file names. */
async function compile(folder: string, members: readonly Snippet[]): Promise<string> {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const [index, { language, code }] of members.entries())
    writeFileSync(`${folder}/snippet-${index}.${language}`, `${code}\nexport {}\n`)
  if (folder.endsWith('contracts')) writeFileSync(`${folder}/globals.d.ts`, backendGlobals)
  const config = {
    extends: '../../../tsconfig.json',
    compilerOptions: { noUnusedLocals: false },
    include: ['.'],
  }
  writeFileSync(`${folder}/tsconfig.json`, JSON.stringify(config))
  const { stdout } = await tsc(folder).catch((failed: { stdout: string }) => failed)
  return stdout.replaceAll(/\S*snippet-(\d+)\.tsx?/g, (name, index) => members[Number(index)]?.source ?? name)
}

test('JSON snippets parse', () => {
  for (const { source, code } of snippets.filter(({ language }) => language === 'json'))
    expect(() => JSON.parse(code) as unknown, source).not.toThrow()
})

test('shell snippets have valid syntax', () => {
  for (const { source, code } of snippets.filter(({ language }) => language === 'sh'))
    expect(() => execFileSync('bash', ['-n'], { input: code, stdio: 'pipe' }), source).not.toThrow()
})

describe('links', () => {
  test.each(linkedPages)('relative links and anchors of %s exist', (page) => {
    const broken = linksOf(page).filter(({ path, anchor }) => {
      if (!existsSync(path)) return true
      return anchor !== undefined && !anchorsOf(path).has(anchor)
    })
    expect(broken).toEqual([])
  })

  test('pages in the package link only to files in the package', () => {
    const outside = [...docsPages, 'llms.txt', 'SKILL.md']
      .flatMap(linksOf)
      .filter(({ path }) => !isShipped(path))
    expect(outside).toEqual([])
  })

  test('docs/README.md and llms.txt list every page', () => {
    for (const index of ['docs/README.md', 'llms.txt']) {
      const listed = new Set(linksOf(index).map(({ path }) => path))
      expect(
        docsPages.filter((page) => page !== index && page !== 'docs/README.md' && !listed.has(page)),
      ).toEqual([])
    }
  })
})

interface Link {
  readonly page: string
  readonly path: string
  readonly anchor: string | undefined
}

function linksOf(page: string): Link[] {
  const targets = Array.from(
    withoutCode(readFileSync(page, 'utf8')).matchAll(/\]\(([^)\s]+)\)/g),
    ([, target = '']) => target,
  )
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = '', anchor] = target.split('#')
      return { page, path: path === '' ? page : normalize(join(dirname(page), path)), anchor }
    })
}

/** Anchors of a page, made from its headings as GitHub makes them. */
function anchorsOf(page: string): Set<string> {
  const anchors = new Set<string>()
  for (const [, heading = ''] of withoutFences(readFileSync(page, 'utf8')).matchAll(/^#+ (.*)$/gm)) {
    const slug = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-')
    let anchor = slug
    for (let count = 1; anchors.has(anchor); count += 1) anchor = `${slug}-${count}`
    anchors.add(anchor)
  }
  return anchors
}

const withoutFences = (text: string) => text.replaceAll(/^```.*?^```$/gms, '')
const withoutCode = (text: string) => withoutFences(text).replaceAll(/`[^`\n]*`/g, '')

/** Whether `files` of package.json contains a path. npm adds README.md itself. */
function isShipped(path: string): boolean {
  return packageJson.files.some((pattern) => {
    const expression = pattern.replaceAll('.', String.raw`\.`).replaceAll('*', '[^/]*')
    return new RegExp(`^${expression}(/|$)`).test(path)
  })
}

test('docs/browsers.md names the versions of browserslist', () => {
  const page = readFileSync('docs/browsers.md', 'utf8')
  for (const line of packageJson.browserslist) {
    const [name = '', version = ''] = line.split(' >= ')
    const label = { chrome: 'Chrome', edge: 'Edge', firefox: 'Firefox', safari: 'Safari', ios_saf: 'iOS' }[
      name
    ]
    expect(page).toMatch(new RegExp(`^\\|.*${label}.*\\| ${version} +\\|$`, 'm'))
  }
})

test('the code for a common task is no longer than promised', () => {
  // An avatar, a grid of ten images, the same grid made of headless parts, and a list of files.
  const codes = ['docs/images.md', 'docs/parts.md', 'docs/files.md'].flatMap((page) =>
    snippetsOf(page).map(({ code }) => code),
  )
  const shortest = (...texts: readonly RegExp[]) =>
    codes.find((code) => texts.every((text) => text.test(code))) ?? ''
  const promises = [
    { most: 7, code: shortest(/layout="avatar"/) },
    { most: 6, code: shortest(/<ImageUploader/, /maxFiles=\{10\}/) },
    { most: 22, code: shortest(/maxFiles: 10[^]*<Upload\.List>/) },
    { most: 7, code: shortest(/<FileUploader/) },
  ]
  for (const { most, code } of promises) {
    expect(code).not.toBe('')
    expect(code.trimEnd().split('\n').length).toBeLessThanOrEqual(most)
  }
})
