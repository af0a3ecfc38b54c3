/** Keys without a character, by their name in `KeyboardEvent.key`. https://www.w3.org/TR/webdriver2/#keyboard-actions */
const codes: Readonly<Record<string, string>> = {
  Backspace: '\uE003',
  Tab: '\uE004',
  Enter: '\uE007',
  Shift: '\uE008',
  Control: '\uE009',
  Alt: '\uE00A',
  Escape: '\uE00C',
  End: '\uE010',
  Home: '\uE011',
  ArrowLeft: '\uE012',
  ArrowUp: '\uE013',
  ArrowRight: '\uE014',
  ArrowDown: '\uE015',
  Delete: '\uE017',
}

export interface KeyAction {
  readonly type: 'keyDown' | 'keyUp'
  readonly value: string
}

/**
 * The WebDriver actions of a text of `userEvent.keyboard`: `{Shift>}{Tab}{/Shift}` holds Shift while it presses Tab, and
 * `{Tab>3/}` is a key that repeats.
 * @throws if the text names a key that is not in the table
 */
export function toKeyActions(text: string): KeyAction[] {
  const keys = [...text.matchAll(/\{(\/?)(\w+)(>?)(\d*)(\/?)\}|([^])/g)]
  return keys.flatMap(([, isUp, name = '', isHeld, count, isReleased, letter]) => {
    const value = letter ?? (name.length === 1 ? name : codes[name])
    if (value === undefined) throw new Error(`The key ${name} has no code in keys.ts.`)
    const up = { type: 'keyUp', value } as const
    if (isUp) return [up]
    const downs = Array.from({ length: Number(count || 1) }, () => ({ type: 'keyDown', value }) as const)
    return isHeld && !isReleased ? downs : [...downs, up]
  })
}
