import { chooserOf } from './chooser.ts'

/**
 * Watches a list and moves focus when the focused button is removed: to another button of its row, else to the same
 * button of the row that took its position, else to the button that opens the picker. Rows are marked with
 * `data-row`. Returns a cleanup function.
 */
export function keepFocus(root: HTMLElement, store: object): () => void {
  let last: { button: HTMLElement; row: Element | null; list: Element | null; index: number } | undefined

  function remember({ target }: Pick<Event, 'target'>) {
    if (!(target instanceof HTMLElement)) return
    const row = target.closest('[data-row]')
    const list = row?.parentElement ?? null
    last = { button: target, row, list, index: row && list ? [...list.children].indexOf(row) : -1 }
  }
  function left() {
    const { button } = last ?? {}
    // Chrome also fires `focusout` while it removes the button.
    queueMicrotask(() => {
      if (button?.isConnected && last?.button === button) last = undefined
    })
  }
  function restore(changes: readonly MutationRecord[]) {
    const active = document.activeElement
    if (!last || last.button.isConnected || (active && active !== document.body)) return
    const { button, row, list, index } = last
    last = undefined
    const next = row?.isConnected ? row : list?.isConnected ? nearest(list, index) : cameBack(button, changes)
    const target = (next && buttonIn(next, button.dataset.action)) ?? chooserOf(store) ?? buttonIn(root)
    target?.focus()
  }

  const { activeElement } = document
  if (activeElement && root.contains(activeElement)) remember({ target: activeElement })
  root.addEventListener('focusin', remember)
  root.addEventListener('focusout', left)
  const observer = new MutationObserver(restore)
  observer.observe(root, { childList: true, subtree: true })
  return () => {
    observer.disconnect()
    root.removeEventListener('focusin', remember)
    root.removeEventListener('focusout', left)
  }
}

/** After an undo, focus moves to the restored row. */
function cameBack({ dataset }: HTMLElement, changes: readonly MutationRecord[]): Element | undefined {
  if (dataset.part !== 'undo') return undefined
  const added = changes.flatMap(({ addedNodes }) => [...addedNodes])
  return added.find((node): node is Element => node instanceof Element && node.matches('[data-row]'))
}

function nearest({ children }: Element, index: number): Element | undefined {
  return children[Math.min(index, children.length - 1)]
}

function buttonIn(row: Element, action?: string): HTMLElement | undefined {
  const buttons = [...row.querySelectorAll<HTMLElement>('button:not(:disabled)')]
  // A canceled upload can be retried and vice versa. A key pressed at that moment must not remove the row.
  for (const wanted of [action, action === 'cancel' ? 'retry' : 'cancel']) {
    const found = wanted !== undefined && buttons.find(({ dataset }) => dataset.action === wanted)
    if (found) return found
  }
  return buttons.find(({ dataset }) => dataset.action !== 'remove') ?? buttons[0]
}
