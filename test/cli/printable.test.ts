import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { describe, expect, test } from 'vitest'
import { controlCharacters, hostile } from '../../packages/local-s3/test/harness/hostile-text.ts'
import { runLocalS3Command } from '../../src/cli/local-s3.ts'
import { printable, printableLines } from '../../src/cli/printable.ts'
import { bundleForNode } from '../harness/bundle-for-node.ts'

const cli = await bundleForNode(new URL('../../src/cli/index.ts', import.meta.url))

describe('printable', () => {
  test.each(hostile)('%j is printed without control characters', (text) => {
    expect(printable(text)).not.toMatch(controlCharacters)
    expect(printable(text)).not.toContain('\n')
    expect(printableLines(text)).not.toMatch(controlCharacters)
  })

  test('printable keeps file names in any language', () => {
    for (const name of ['사진.png', 'José 2.jpg', '👨‍👩‍👧.gif', 'می‌خواهم.txt', 'שלום', 'a b+c&d'])
      expect(printable(name)).toBe(name)
  })

  test('printable shows the code of each escaped character', () => {
    expect(printable('\u001b[0m\n\u202e')).toBe('\\x1b[0m\\x0a\\u{202e}')
    expect(printableLines('a\u001b\nb')).toBe('a\\x1b\nb')
  })
})

/** Runs a command and returns its complete output. */
const run = (...args: string[]) =>
  new Promise<string>((resolve) => {
    execFile(process.execPath, [cli, ...args], (_error, stdout, stderr) => resolve(stdout + stderr))
  })

describe('commands', () => {
  test('doctor escapes control characters in the response of a backend', async () => {
    const text = hostile.slice(0, 6).join(' ')
    const backend = createServer((request, response) => {
      request.resume()
      response.end(JSON.stringify({ error: { code: text, message: text } }))
    }).listen(0, '127.0.0.1')
    await once(backend, 'listening')
    const address = backend.address()
    const port = typeof address === 'object' ? address?.port : 0
    const out = await run('doctor', `http://127.0.0.1:${port}/`, '--origin', `http://127.0.0.1:${port}`)
    backend.close()
    expect(out).toContain('\\x1b[31mred')
    expect(out).not.toMatch(controlCharacters)
  }, 30_000)

  test('every command escapes control characters in its arguments', async () => {
    for (const args of [
      ['bucket', '\u001b[31mname', '--origin', 'https://your.app'],
      ['bucket', 'name', '--origin', '\u001b[31morigin'],
      ['local-s3', '--\u001b[31moption'],
      ['doctor', '\u001b[31mendpoint', '--origin', 'https://your.app'],
    ]) {
      const out = await run(...args)
      expect(out, args[0]).toContain('[31m')
      expect(out, args[0]).not.toMatch(controlCharacters)
    }
  }, 60_000)
})

describe('putaway local-s3', () => {
  test('runs the command of the package local-s3', async () => {
    expect(await run('local-s3', '--help')).toContain('--strict-checksums')
  }, 30_000)

  test('says how to install local-s3 where it is not installed', async () => {
    const missing = Object.assign(new Error("Cannot find package 'local-s3' imported from /app/cli.js"), {
      code: 'ERR_MODULE_NOT_FOUND',
    })
    await expect(runLocalS3Command([], () => Promise.reject(missing))).rejects.toThrow(
      'npm install -D local-s3',
    )
  })

  test('reports another error of local-s3 as it is', async () => {
    const broken = Object.assign(
      new Error("Cannot find package 'fast-xml-parser' imported from …/local-s3/xml.js"),
      {
        code: 'ERR_MODULE_NOT_FOUND',
      },
    )
    await expect(runLocalS3Command([], () => Promise.reject(broken))).rejects.toThrow('fast-xml-parser')
  })
})
