import { wildcard } from './access.ts'

/** Which requests a rule is for; what is left out fits every one. */
export interface FaultMatch {
  /** GET, PUT, POST, DELETE or HEAD. */
  method?: string
  /** S3's name, as in `UploadPart`. Preflights meet delays, and else only rules that name `Preflight`. */
  operation?: string
  bucket?: string
  /** The object's key; `*` stands for anything. */
  key?: string
  /** The number of a part. */
  part?: number
  /** Only the nth request with the same method, key and part since the rule was added; 1 is the first. */
  attempt?: number
  /** 0 to 1, drawn in order of arrival; default 1. */
  probability?: number
  /** The same seed draws the same; default 1. */
  seed?: number
  /** How often the rule strikes at most. */
  times?: number
}

/** What goes wrong. */
export type Fault =
  /** Waits before anything else happens. */
  | { fault: 'delay'; ms: number }
  /** Bodies, in and out, of all requests under this rule share so many bytes a second. */
  | { fault: 'bandwidth'; bytesPerSecond: number }
  /** 503 SlowDown (default) or 500 InternalError, with Retry-After in seconds if given. Nothing is stored. */
  | { fault: 'error'; status?: 500 | 503; retryAfter?: number }
  /** Resets the connection: before the body, within it (after `afterBytes`; default half of it), or in place of the answer, when all is stored. */
  | { fault: 'reset'; when: 'before' | 'within' | 'after'; afterBytes?: number }
  /** Says nothing more, and reads nothing more, until the client gives up: at once, or after so many bytes of a body. */
  | { fault: 'stall'; afterBytes?: number }
  /** 200 with an Error in the body, as CompleteMultipartUpload and CopyObject may; nothing is completed. */
  | { fault: 'error-in-200' }
  /** ETag is not among the headers that a page may read. */
  | { fault: 'hidden-etag' }
  /** An error without CORS headers: the page sees a network error. */
  | { fault: 'no-cors-on-errors' }
  /** The server's clock is 8 days ahead: everything signed has expired. */
  | { fault: 'expired' }

/** For example `{ fault: 'error', operation: 'UploadPart', part: 2, attempt: 1 }`: the first try of part 2 gets a 503. */
export type FaultRule = FaultMatch & Fault

/** A request, as far as rules look at it. */
export interface FaultSubject {
  method: string
  operation: string
  bucket: string | undefined
  key: string | undefined
  part: number | undefined
}

export interface Faults {
  /** @returns a function that takes the rule back */
  add: (rule: FaultRule) => () => void
  clear: () => void
  list: () => FaultRule[]
}

interface Added {
  rule: FaultRule
  seen: Map<string, number>
  struck: number
  random: () => number
  /** When the line of a bandwidth rule is free again, epoch ms. */
  free: number
}

/** A fault that struck a request; `added` is what requests under one rule share. */
export interface Strike {
  fault: Fault
  added: { free: number }
}

/** Rules, and the drawing of lots. */
export function createFaults(
  rules: readonly FaultRule[],
): Faults & { strike: (subject: FaultSubject) => Strike[] } {
  const all = new Set<Added>()
  const add = (rule: FaultRule) => {
    const added = {
      rule: checkRule(rule),
      seen: new Map(),
      struck: 0,
      random: createRandom(rule.seed ?? 1),
      free: 0,
    }
    all.add(added)
    return () => void all.delete(added)
  }
  for (const rule of rules) add(rule)
  return {
    add,
    clear: () => all.clear(),
    list: () => Array.from(all, ({ rule }) => rule),
    strike: (subject) =>
      [...all].filter((added) => strikes(added, subject)).map((added) => ({ fault: added.rule, added })),
  }
}

function strikes(added: Added, { method, operation, bucket, key, part }: FaultSubject) {
  const { rule } = added
  if (operation === 'Preflight' && rule.operation !== operation && rule.fault !== 'delay') return false
  if (rule.method !== undefined && rule.method.toUpperCase() !== method) return false
  if (rule.operation !== undefined && rule.operation !== operation) return false
  if (rule.bucket !== undefined && rule.bucket !== bucket) return false
  if (rule.part !== undefined && rule.part !== part) return false
  if (
    rule.key !== undefined &&
    (key === undefined || !wildcard(rule.key.replaceAll('?', '\0')).test(key.replaceAll('?', '\0')))
  )
    return false
  const name = `${method} ${bucket}/${key} ${part}`
  const attempt = (added.seen.get(name) ?? 0) + 1
  added.seen.set(name, attempt)
  if (rule.attempt !== undefined && rule.attempt !== attempt) return false
  if (rule.times !== undefined && added.struck >= rule.times) return false
  if (rule.probability !== undefined && added.random() >= rule.probability) return false
  added.struck++
  return true
}

/** mulberry32: small, and the same everywhere. */
function createRandom(seed: number) {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const kinds = 'delay bandwidth error reset stall error-in-200 hidden-etag no-cors-on-errors expired'.split(
  ' ',
)
const texts = ['method', 'operation', 'bucket', 'key']
const numbers = 'part attempt probability seed times ms bytesPerSecond status retryAfter afterBytes'.split(
  ' ',
)

/**
 * Looks at a rule that types may not have seen: from JSON, or from JavaScript.
 * @throws TypeError that names the field
 */
export function checkRule(value: unknown): FaultRule {
  const wrong = (what: string) => new TypeError(`A fault rule ${what}. It was ${JSON.stringify(value)}.`)
  if (typeof value !== 'object' || value === null) throw wrong('is an object')
  const fields = new Map<string, unknown>(Object.entries(value))
  for (const [name, field] of fields) {
    if (field === undefined) continue
    if (
      texts.includes(name)
        ? typeof field !== 'string'
        : numbers.includes(name) && !(typeof field === 'number' && field >= 0)
    ) {
      throw wrong(`has a ${texts.includes(name) ? 'text' : 'number that is not negative'} as ${name}`)
    }
    if (![...texts, ...numbers, 'fault', 'when'].includes(name)) throw wrong(`has no ${name}`)
  }
  const fault = fields.get('fault')
  if (typeof fault !== 'string' || !kinds.includes(fault))
    throw wrong(`names one fault of ${kinds.join(', ')}`)
  if (fault === 'delay' && !fields.has('ms')) throw wrong('with a delay says how many ms')
  if (fault === 'bandwidth' && !(Number(fields.get('bytesPerSecond')) > 0))
    throw wrong('with bandwidth says how many bytesPerSecond')
  if (fault === 'reset' && !/^(before|within|after)$/.test(String(fields.get('when'))))
    throw wrong('with a reset says when: before, within or after')
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every field was looked at above
  return value as FaultRule
}
