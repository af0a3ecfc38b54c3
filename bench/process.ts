import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

type Calls = Record<string, (argument: never) => Promise<unknown>>

interface Message {
  id: number
  name?: string
  argument?: unknown
  result?: unknown
  error?: string
}

/** Answers requests of the parent process, and exits with it. */
export function serveParent(calls: Calls) {
  process.on('message', ({ id, name = '', argument }: Message) => {
    const own: Calls = { cpu: async () => process.cpuUsage(), ...calls }
    const call = own[name] as ((argument: unknown) => Promise<unknown>) | undefined
    Promise.resolve(call?.(argument)).then(
      (result) => process.send?.({ id, result }),
      (error: unknown) => process.send?.({ id, error: String(error instanceof Error ? error.stack : error) }),
    )
  })
  process.on('disconnect', () => process.exit())
  process.on('SIGINT', () => {})
  process.send?.({ id: 0 })
}

export interface Child {
  ask<T>(name: string, argument?: unknown): Promise<T>
  stop(): void
}

/**
 * Starts a program of the bench in a separate process, so that it does not share an event loop with the measurement.
 * `prefix`: a command in front of it, such as one that selects a network namespace.
 */
export async function startChild(
  file: string,
  env: Record<string, string> = {},
  prefix: readonly string[] = [],
): Promise<Child> {
  const [execPath, ...more] = [...prefix, process.execPath]
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), {
    execPath,
    // Hides the SDK's warning about Node 22.
    execArgv: [...more, '--import', 'tsx', '--no-warnings'],
    env: { ...process.env, ...env },
  })
  const waiting = new Map<number, { resolve: (result: never) => void; reject: (error: Error) => void }>()
  let ids = 0
  const started = new Promise<void>((resolve, reject) => {
    waiting.set(0, { resolve, reject })
    child.on('exit', (code) => {
      for (const { reject: fail } of waiting.values()) fail(new Error(`${file} ended with ${code}`))
    })
  })
  child.on('message', ({ id, result, error }: Message) => {
    const call = waiting.get(id)
    waiting.delete(id)
    if (error === undefined) call?.resolve(result as never)
    else call?.reject(new Error(error))
  })
  await started
  return {
    ask: (name, argument) =>
      new Promise((resolve, reject) => {
        const id = ++ids
        waiting.set(id, { resolve, reject })
        child.send({ id, name, argument })
      }),
    stop: () => child.disconnect(),
  }
}
