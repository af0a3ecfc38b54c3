type Act = (run: () => Promise<void>) => PromiseLike<void>

/**
 * React's `act`. It loads together with this module, so that the functions of `FakeUpload` can use it at once. Undefined
 * if React is not installed, as in tests of the engine.
 */
let reactAct: Act | undefined
import('react').then(
  ({ act }) => void (reactAct = act),
  () => {},
)

/** Wait for a render, in ms. It is longer than one frame, because lists render once per frame. */
const frameMs = 20

/**
 * `act` scopes that wait for their turn. They run one after the other, because React logs an error for scopes that
 * overlap.
 */
const queuedScopes: (() => void)[] = []
let isScopeOpen = false

/**
 * Waits for a value and passes it to `onFound`. React warns about each update outside `act` while
 * `IS_REACT_ACT_ENVIRONMENT` is true. Testing Library sets this flag in Jest and in Vitest with globals, but uploads
 * update by themselves. So if the flag is set, this function waits in `act`, and the result is rendered when it
 * resolves. A test may also call this function in its own `act`. Without `waitForFrame`, only promises settle.
 */
export function settleInAct<Value>(
  findValue: () => Promise<Value>,
  onFound: (value: Value) => void,
  waitForFrame = true,
): Promise<void> {
  const act = isActEnvironment() ? reactAct : undefined
  const valuePromise = findValue()
  if (!act) return valuePromise.then(onFound)

  let isValueFound = false
  let isDone = false
  const foundPromise = valuePromise.then(() => void (isValueFound = true))
  /**
   * Waits in one `act` scope for the value, but at most one frame. React renders only when a scope ends, and a component
   * may need that render before it makes the call.
   */
  async function runScope() {
    await (hasFakeTimers() ? foundPromise : Promise.race([foundPromise, waitForNextFrame()]))
    if (!isValueFound) return
    onFound(await valuePromise)
    await waitForUpdates(waitForFrame)
    isDone = true
  }
  return new Promise((resolve, reject) => {
    function enterScope() {
      act?.(runScope).then(
        () => {
          if (isDone) resolve()
          else queuedScopes.push(enterScope)
          enterNextScope()
        },
        (thrown: unknown) => {
          reject(thrown)
          enterNextScope()
        },
      )
    }
    queuedScopes.push(enterScope)
    if (!isScopeOpen) enterNextScope()
  })
}

/** Enters the next scope synchronously, because an update between two scopes would log a warning. */
function enterNextScope() {
  const enterScope = queuedScopes.shift()
  isScopeOpen = enterScope !== undefined
  enterScope?.()
}

/**
 * Whether updates must be in `act`. True only in Node. In a browser, Storybook sets the flag while it renders one
 * story, and an open scope would hold back the next story.
 */
function isActEnvironment(): boolean {
  const { process, IS_REACT_ACT_ENVIRONMENT } = globalThis as {
    process?: { versions?: { node?: string } }
    IS_REACT_ACT_ENVIRONMENT?: boolean
  }
  return Boolean(process?.versions?.node && IS_REACT_ACT_ENVIRONMENT)
}

const waitForNextFrame = () => new Promise<void>((resolve) => void setTimeout(resolve, frameMs))

/**
 * Waits for a frame, or only for promises. With fake timers it waits only for promises, because fake timers do not
 * advance by themselves.
 */
async function waitForUpdates(waitForFrame: boolean) {
  if (waitForFrame && !hasFakeTimers()) return waitForNextFrame()
  for (let turnIndex = 0; turnIndex < 50; turnIndex += 1) await Promise.resolve()
}

/**
 * Whether timers are faked. `clock` marks @sinonjs/fake-timers of Vitest and Jest, `_isMockFunction` marks Jest's
 * legacy timers.
 */
const hasFakeTimers = () => Object.hasOwn(setTimeout, 'clock') || '_isMockFunction' in setTimeout
