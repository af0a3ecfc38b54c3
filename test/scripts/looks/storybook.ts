import { execFileSync } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import type { Page } from 'playwright'

export function buildStorybook(folder: string): void {
  const build = ['node_modules/storybook/dist/bin/dispatcher.js', 'build', '--quiet', '--disable-telemetry']
  execFileSync(process.execPath, [...build, '-o', folder], { stdio: ['ignore', 'ignore', 'inherit'] })
}

type Previewing = Window & { __STORYBOOK_PREVIEW__?: { currentRender?: { phase?: string } } }

/** Waits until the play function of a story has ended. Throws if it failed. */
export async function storyEnds(page: Page): Promise<void> {
  const phase = await page.waitForFunction(() => {
    const now = (window as Previewing).__STORYBOOK_PREVIEW__?.currentRender?.phase
    return now === 'finished' || now === 'errored' || now === 'aborted' ? now : undefined
  })
  if ((await phase.jsonValue()) !== 'finished') throw new Error('the play function failed')
}

/** Serves the built Storybook on a local port. */
export async function serveStorybook(root: string): Promise<string> {
  const types: Readonly<Record<string, string>> = {
    '.html': 'text/html',
    '.js': 'text/javascript',
    '.css': 'text/css',
    '.json': 'application/json',
    '.woff2': 'font/woff2',
    '.svg': 'image/svg+xml',
  }
  const server = createServer((request, response) => {
    const path = join(root, normalize(new URL(request.url ?? '/', 'http://here').pathname))
    void stat(path).then(
      (found) => {
        response.writeHead(found.isFile() ? 200 : 404, {
          'content-type': types[extname(path)] ?? 'application/octet-stream',
        })
        if (found.isFile()) createReadStream(path).pipe(response)
        else response.end()
      },
      () => response.writeHead(404).end(),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  server.unref()
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}` // it listens on a port, not on a pipe
}
