import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'

// The file is beside the sources, so that imports resolve as for users.
const folder = 'test/readme-snippets'
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('every TypeScript snippet of the README and of docs/components.md compiles', async () => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  const pages = ['README.md', 'docs/components.md'].map((page) => readFileSync(page, 'utf8')).join('\n')
  const snippets = [...pages.matchAll(/^```(tsx?)\n(.*?)^```$/gms)]
  expect(snippets.length).toBeGreaterThan(5)
  for (const [index, [, extension, code]] of snippets.entries()) {
    writeFileSync(`${folder}/snippet-${index + 1}.${extension}`, `${code}\nexport {}\n`)
  }
  writeFileSync(
    `${folder}/tsconfig.json`,
    JSON.stringify({
      extends: '../../tsconfig.json',
      compilerOptions: { noUnusedLocals: false },
      include: ['.'],
    }),
  )
  const { stdout } = await promisify(execFile)('node_modules/.bin/tsc', ['-p', folder]).catch(
    (failed: { stdout: string }) => failed,
  )
  expect(stdout).toBe('')
}, 60_000)

test('the code for each README task is no longer than promised', () => {
  const promises = [
    ...readFileSync('README.md', 'utf8').matchAll(/^<!-- at most (\d+) lines -->\n+```tsx\n(.*?)^```$/gms),
  ].map(([, maxLines, code = '']) => ({
    maxLines: Number(maxLines),
    lines: code.trimEnd().split('\n').length,
    code,
  }))
  // An avatar, a grid of ten images, and the same grid made of headless parts.
  expect(promises.map(({ maxLines: most }) => most)).toEqual([7, 6, 22])
  const [avatar, grid, parts] = promises
  expect(avatar?.code).toContain('layout="avatar"')
  expect(grid?.code).toContain('maxFiles={10}')
  expect(parts?.code).toMatch(/maxFiles: 10[^]*<Upload\.List>/)
  for (const { maxLines: most, lines } of promises) expect(lines).toBeLessThanOrEqual(most)
})
