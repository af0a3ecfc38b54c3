import { compilePattern } from '../http/pattern.ts'

/** The requests that a fault rule applies to. An omitted field matches every request. */
export interface FaultMatch {
  /** GET, PUT, POST, DELETE or HEAD. */
  method?: string
  /** S3's operation name, for example `UploadPart`. Preflights match only delays and rules that name `Preflight`. */
  operation?: string
  bucket?: string
  /** The object's key. `*` matches any text. */
  key?: string
  /** The part number. */
  part?: number
  /** Matches only the nth request with the same method, bucket, key and part since the rule was added. Starts at 1. */
  attempt?: number
  /** Probability of a match, 0 to 1. Default 1. */
  probability?: number
  /** Seed of the random numbers for `probability`: the same seed gives the same sequence. Default 1. */
  seed?: number
  /** Maximum number of faults from this rule. Default unlimited. */
  times?: number
}

/** A fault to inject, by its `fault` field. */
export type Fault =
  /** Waits `ms` milliseconds before the request is processed. */
  | { fault: 'delay'; ms: number }
  /** Limits the rate of request and response bodies. All requests under this rule share it. */
  | { fault: 'bandwidth'; bytesPerSecond: number }
  /** Answers 503 SlowDown (default) or 500 InternalError. `retryAfter` (seconds) sets Retry-After. Stores nothing. */
  | { fault: 'error'; status?: 500 | 503; retryAfter?: number }
  /**
   * Resets the connection: before the body, within it (after `afterBytes`; default half of the body), or after the
   * request is processed, instead of the response.
   */
  | { fault: 'reset'; when: 'before' | 'within' | 'after'; afterBytes?: number }
  /** Stops reading and writing until the client disconnects: immediately, or after `afterBytes` of a body. */
  | { fault: 'stall'; afterBytes?: number }
  /** Answers 200 with an Error in the body, as S3 may for CompleteMultipartUpload and CopyObject. Stores nothing. */
  | { fault: 'error-in-200' }
  /** Omits ETag from Access-Control-Expose-Headers. */
  | { fault: 'hidden-etag' }
  /** Sends error responses without CORS headers, so that a page sees a network error. */
  | { fault: 'no-cors-on-errors' }
  /** Moves the server's clock 8 days ahead, so that every signature has expired. */
  | { fault: 'expired' }

/** A fault and its match, for example `{ fault: 'error', operation: 'UploadPart', part: 2, attempt: 1 }`. */
export type FaultRule = FaultMatch & Fault

/** The request fields that fault rules match. */
export interface FaultTarget {
  method: string
  operation: string
  bucket: string | undefined
  key: string | undefined
  part: number | undefined
}

/** Changes the fault rules of a running server. */
export interface Faults {
  /**
   * Adds a rule for later requests.
   * @returns a function that removes the rule
   * @throws TypeError for an invalid rule
   */
  add: (rule: FaultRule) => () => void
  /** Removes all rules. */
  clear: () => void
  /** Returns the active rules. */
  list: () => FaultRule[]
}

interface RuleState {
  rule: FaultRule
  attempts: Map<string, number>
  faultCount: number
  random: () => number
  /** The time when the bandwidth limit allows the next byte, epoch ms. */
  freeAtMs: number
}

/** A fault that applies to a request. `ruleState` is the state that all requests under one rule share. */
export interface ActiveFault {
  fault: Fault
  ruleState: { freeAtMs: number }
}

/** Creates fault rules with seeded randomness. */
export function createFaults(
  rules: readonly FaultRule[],
): Faults & { matchFaults: (target: FaultTarget) => ActiveFault[] } {
  const ruleStates = new Set<RuleState>()
  const add = (rule: FaultRule) => {
    const ruleState = {
      rule: checkRule(rule),
      attempts: new Map(),
      faultCount: 0,
      random: createRandom(rule.seed ?? 1),
      freeAtMs: 0,
    }
    ruleStates.add(ruleState)
    return () => void ruleStates.delete(ruleState)
  }
  for (const rule of rules) add(rule)
  return {
    add,
    clear: () => ruleStates.clear(),
    list: () => Array.from(ruleStates, ({ rule }) => rule),
    matchFaults: (target) =>
      [...ruleStates]
        .filter((state) => ruleApplies(state, target))
        .map((state) => ({ fault: state.rule, ruleState: state })),
  }
}

function ruleApplies(ruleState: RuleState, { method, operation, bucket, key, part }: FaultTarget) {
  const { rule } = ruleState
  if (operation === 'Preflight' && rule.operation !== operation && rule.fault !== 'delay') return false
  if (rule.method !== undefined && rule.method.toUpperCase() !== method) return false
  if (rule.operation !== undefined && rule.operation !== operation) return false
  if (rule.bucket !== undefined && rule.bucket !== bucket) return false
  if (rule.part !== undefined && rule.part !== part) return false
  if (
    rule.key !== undefined &&
    (key === undefined || !compilePattern(rule.key.replaceAll('?', '\0')).test(key.replaceAll('?', '\0')))
  )
    return false
  const name = `${method} ${bucket}/${key} ${part}`
  const attempt = (ruleState.attempts.get(name) ?? 0) + 1
  ruleState.attempts.set(name, attempt)
  if (rule.attempt !== undefined && rule.attempt !== attempt) return false
  if (rule.times !== undefined && ruleState.faultCount >= rule.times) return false
  if (rule.probability !== undefined && ruleState.random() >= rule.probability) return false
  ruleState.faultCount++
  return true
}

/** mulberry32: a seeded generator, because Math.random cannot be seeded. */
function createRandom(seed: number) {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), 1 | state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
}

const faultKinds =
  'delay bandwidth error reset stall error-in-200 hidden-etag no-cors-on-errors expired'.split(' ')
const stringFields = ['method', 'operation', 'bucket', 'key']
const numberFields =
  'part attempt probability seed times ms bytesPerSecond status retryAfter afterBytes'.split(' ')

/**
 * Validates a rule from JSON or untyped JavaScript.
 * @throws TypeError with the invalid field
 */
export function checkRule(value: unknown): FaultRule {
  const invalidRule = (requirement: string) =>
    new TypeError(`A fault rule ${requirement}. Received ${JSON.stringify(value)}.`)
  if (typeof value !== 'object' || value === null) throw invalidRule('must be an object')
  const fields = new Map<string, unknown>(Object.entries(value))
  for (const [name, field] of fields) {
    if (field === undefined) continue
    if (
      stringFields.includes(name)
        ? typeof field !== 'string'
        : numberFields.includes(name) && !(typeof field === 'number' && field >= 0)
    ) {
      throw invalidRule(
        `must have a ${stringFields.includes(name) ? 'string' : 'number of at least 0'} as ${name}`,
      )
    }
    if (![...stringFields, ...numberFields, 'fault', 'when'].includes(name))
      throw invalidRule(`has no field ${name}`)
  }
  const fault = fields.get('fault')
  if (typeof fault !== 'string' || !faultKinds.includes(fault))
    throw invalidRule(`must have one of these as fault: ${faultKinds.join(', ')}`)
  if (fault === 'delay' && !fields.has('ms')) throw invalidRule('with a delay must have ms')
  if (fault === 'bandwidth' && !(Number(fields.get('bytesPerSecond')) > 0))
    throw invalidRule('with bandwidth must have bytesPerSecond of more than 0')
  if (fault === 'reset' && !/^(before|within|after)$/.test(String(fields.get('when'))))
    throw invalidRule('with a reset must have before, within or after as when')
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every field is checked above
  return value as FaultRule
}
