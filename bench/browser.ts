import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import type { CDPSession } from 'playwright'

/** The DevTools protocol, with Playwright's types. */
type Send = CDPSession['send']

export interface Tab {
  readonly send: Send
  /** Calls a function in the page and returns its result. */
  evaluate<Out, In = undefined>(run: (argument: In) => Out, argument?: In): Promise<Awaited<Out>>
  goto(url: string): Promise<void>
  setFiles(selector: string, paths: string[]): Promise<void>
  /** Moves the pointer to the middle of an element, if it exists. */
  point(selector: string): Promise<void>
  /** Closes the tab, and drops its cache and its connections. */
  close(): Promise<void>
}

const traced = [
  'toplevel,mojom,ipc,blink,loading,net,v8,base,sequence_manager,blink.user_timing,devtools.timeline,latencyInfo',
  'disabled-by-default-devtools.timeline,disabled-by-default-devtools.timeline.frame,disabled-by-default-v8.cpu_profiler',
].flatMap((names) => names.split(','))

interface Thrown {
  text: string
  exception?: { description?: string }
}

interface Message {
  id?: number
  sessionId?: string
  method?: string
  params?: unknown
  result?: unknown
  error?: { message: string }
}

/**
 * Chromium without network observation, as users run it. Playwright always observes the network: every request then
 * costs the browser half a millisecond more, and a body in memory is copied into JSON.
 * https://chromedevtools.github.io/devtools-protocol/
 */
export async function openBrowser(command: readonly string[], flags: readonly string[]) {
  const [program = '', ...leadingArguments] = command
  const folder = await mkdtemp(join(tmpdir(), 'putaway-bench-browser-'))
  const own = [
    '--headless',
    '--remote-debugging-pipe',
    `--user-data-dir=${folder}`,
    '--disable-renderer-backgrounding',
    '--disable-backgrounding-occluded-windows',
    '--window-size=1280,900',
  ]
  const child = spawn(program, [...leadingArguments, ...flags, ...own, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()))
  const [, , , commands, messages] = child.stdio as unknown as [null, null, null, Writable, Readable]
  const waiting = new Map<number, { resolve(result: never): void; reject(error: Error): void }>()
  const listeners = new Set<(message: Message) => void>()
  let ids = 0
  let rest = ''
  messages.setEncoding('utf8').on('data', (text: string) => {
    const all = (rest + text).split('\0')
    rest = all.pop() ?? ''
    for (const each of all) hear(JSON.parse(each) as Message)
  })
  void ended.then(() => {
    for (const { reject } of waiting.values()) reject(new Error('Chromium has ended.'))
  })

  function hear(message: Message) {
    const { id, result, error } = message
    if (id === undefined) return listeners.forEach((listen) => listen(message))
    const asked = waiting.get(id)
    waiting.delete(id)
    if (error) asked?.reject(new Error(error.message))
    else asked?.resolve(result as never)
  }
  const sender =
    (sessionId?: string): Send =>
    (method, params?: unknown) =>
      new Promise((resolve, reject) => {
        const id = (ids += 1)
        waiting.set(id, { resolve, reject })
        commands.write(`${JSON.stringify({ id, method, params, sessionId })}\0`)
      })
  const send = sender()

  return {
    send,
    /** Records all processes until `stop`, by default for the Performance panel of DevTools and https://ui.perfetto.dev. */
    async trace(categories: readonly string[] = traced) {
      const traceEvents: unknown[] = []
      const isComplete = new Promise<void>((resolve) => {
        listeners.add(function listen({ method, params }) {
          if (method === 'Tracing.dataCollected') traceEvents.push(...(params as { value: unknown[] }).value)
          if (method !== 'Tracing.tracingComplete') return
          listeners.delete(listen)
          resolve()
        })
      })
      await send('Tracing.start', { traceConfig: { includedCategories: [...categories] } })
      return {
        async stop() {
          await send('Tracing.end')
          await isComplete
          return { traceEvents }
        },
      }
    },

    /** Opens a page with an empty cache. */
    async openTab(onError: (text: string) => void): Promise<Tab> {
      const { browserContextId } = await send('Target.createBrowserContext')
      const { targetId } = await send('Target.createTarget', {
        url: 'about:blank',
        browserContextId,
        width: 1280,
        height: 900,
      })
      const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true })
      const ask = sender(sessionId)
      const loaded = new Set<() => void>()
      const listen = (message: Message) => {
        if (message.sessionId !== sessionId) return
        if (message.method === 'Page.loadEventFired') for (const resolve of loaded) resolve()
        if (message.method === 'Runtime.exceptionThrown') {
          const { exceptionDetails } = message.params as { exceptionDetails: Thrown }
          onError(exceptionDetails.exception?.description ?? exceptionDetails.text)
        }
      }
      listeners.add(listen)
      await ask('Page.enable')
      await ask('Runtime.enable')

      const tab: Tab = {
        send: ask,
        async evaluate(run, argument) {
          const { result, exceptionDetails } = await ask('Runtime.evaluate', {
            expression: `(${run.toString()})(${JSON.stringify(argument) ?? ''})`,
            awaitPromise: true,
            returnByValue: true,
          })
          if (exceptionDetails)
            throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
          return result.value as never
        },
        async goto(url) {
          const load = new Promise<void>((resolve) => loaded.add(resolve))
          const { errorText } = await ask('Page.navigate', { url })
          if (errorText) throw new Error(`${url}: ${errorText}`)
          await load
        },
        async setFiles(selector, files) {
          const { result } = await ask('Runtime.evaluate', {
            expression: `document.querySelector(${JSON.stringify(selector)})`,
          })
          await ask('DOM.setFileInputFiles', {
            files,
            ...(result.objectId !== undefined && { objectId: result.objectId }),
          })
        },
        async point(selector) {
          const middle = await tab.evaluate((text: string) => {
            const box = document.querySelector(text)?.getBoundingClientRect()
            return box && { x: box.x + box.width / 2, y: box.y + box.height / 2 }
          }, selector)
          if (middle) await ask('Input.dispatchMouseEvent', { type: 'mouseMoved', ...middle })
        },
        async close() {
          listeners.delete(listen)
          await send('Target.closeTarget', { targetId })
          await send('Target.disposeBrowserContext', { browserContextId })
        },
      }
      return tab
    },

    async close() {
      await send('Browser.close').catch(() => {})
      await ended
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
