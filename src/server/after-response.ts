interface RuntimeGlobals {
  readonly Deno?: unknown
  readonly navigator?: { readonly userAgent?: string }
  readonly process?: {
    readonly versions?: { readonly node?: string }
    readonly env?: Readonly<Record<string, string | undefined>>
  }
}

/** Variables that platforms set which may stop a process, or its CPU, after a response. */
const platformVariables = ['AWS_LAMBDA_FUNCTION_NAME', 'VERCEL', 'NETLIFY', 'K_SERVICE']

/** Whether work continues after a response in this runtime. False for unknown runtimes. */
export function continuesAfterResponse(runtime: RuntimeGlobals = globalThis): boolean {
  // With the option nodejs_compat, Workers have the version of Node too.
  if (runtime.navigator?.userAgent === 'Cloudflare-Workers') return false
  // Deno would ask for the permission to read the environment.
  if (runtime.Deno !== undefined) return true
  const { versions, env } = runtime.process ?? {}
  return versions?.node !== undefined && !platformVariables.some((name) => env?.[name])
}

/** Returns `finishLater` of the handler's state. */
export function createFinishLater(
  waitUntil: ((work: Promise<unknown>) => void) | undefined,
): (work: Promise<void>) => Promise<void> {
  return async (work) => {
    if (!waitUntil && continuesAfterResponse()) return
    try {
      if (waitUntil) return waitUntil(work)
    } catch {
      // `waitUntil` of some platforms throws outside of a request.
    }
    await work
  }
}
