type Act = (run: () => Promise<void>) => PromiseLike<void>

/** Loads with this module, so that a control starts at once. Undefined without React: tests of the engine need none. */
let reactAct: Act | undefined
import('react').then(
  ({ act }) => void (reactAct = act),
  () => {},
)

/** Longer than one frame, because lists render once per frame. */
const frameMs = 20

/** Scopes run one after the other, because React logs an error for scopes that overlap. */
const queue: (() => void)[] = []
let isScopeOpen = false

/**
 * Waits for a value and passes it to `onFound`. React warns about each update outside `act` while
 * `IS_REACT_ACT_ENVIRONMENT` is true, as Testing Library sets it in Jest and in Vitest with globals, and uploads update by
 * themselves. So there this function waits and settles in `act`: the result is rendered when it resolves. A test may also
 * call it in an `act` of its own.
 * Without `waitForFrame`, only promises settle.
 */
export function settleInAct<Value>(
  find: () => Promise<Value>,
  onFound: (value: Value) => void,
  waitForFrame = true,
): Promise<void> {
  const act = isActEnvironment() ? reactAct : undefined
  const finding = find()
  if (!act) return finding.then(onFound)

  let isFound = false
  let isDone = false
  const found = finding.then(() => void (isFound = true))
  /** Ends this `act` scope after a frame: React renders only when a scope ends, and a component may need that render before
   * it makes the call. */
  async function runScope() {
    await (hasFakeTimers() ? found : Promise.race([found, nextFrame()]))
    if (!isFound) return
    onFound(await finding)
    await settle(waitForFrame)
    isDone = true
  }
  return new Promise((resolve, reject) => {
    function enter() {
      act?.(runScope).then(
        () => {
          if (isDone) resolve()
          else queue.push(enter)
          enterNext()
        },
        (thrown: unknown) => {
          reject(thrown)
          enterNext()
        },
      )
    }
    queue.push(enter)
    if (!isScopeOpen) enterNext()
  })
}

/** Enters synchronously: an update between two scopes would log a warning. */
function enterNext() {
  const enter = queue.shift()
  isScopeOpen = enter !== undefined
  enter?.()
}

/**
 * Only in Node. In a browser, Storybook sets the flag while it renders one story, and an open scope would hold back the
 * next story.
 */
function isActEnvironment(): boolean {
  const { process, IS_REACT_ACT_ENVIRONMENT } = globalThis as {
    process?: { versions?: { node?: string } }
    IS_REACT_ACT_ENVIRONMENT?: boolean
  }
  return Boolean(process?.versions?.node && IS_REACT_ACT_ENVIRONMENT)
}

const nextFrame = () => new Promise<void>((resolve) => void setTimeout(resolve, frameMs))

/** Fake timers do not advance by themselves: with them, only promises settle. */
async function settle(waitForFrame: boolean) {
  if (waitForFrame && !hasFakeTimers()) return nextFrame()
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve()
}

/** `clock` is the mark of @sinonjs/fake-timers in Vitest and Jest, `_isMockFunction` of Jest's legacy timers. */
const hasFakeTimers = () => Object.hasOwn(setTimeout, 'clock') || '_isMockFunction' in setTimeout
