import { pickerButtonOf } from './drop/picker-registry.ts'

/**
 * Watches a list and moves focus when the focused button is removed. Focus moves to another button of the same row. If
 * the row was removed too, focus moves to the same button of the row that is now at this position. If there is no such
 * row, focus moves to the button that opens the picker. Rows are marked with `data-row`. Returns a cleanup function.
 */
export function restoreFocus(root: HTMLElement, store: object): () => void {
  let lastFocused:
    | { button: HTMLElement; row: Element | null; list: Element | null; index: number }
    | undefined

  function onFocusIn({ target }: Pick<Event, 'target'>) {
    if (!(target instanceof HTMLElement)) return
    const row = target.closest('[data-row]')
    const list = row?.parentElement ?? null
    lastFocused = { button: target, row, list, index: row && list ? [...list.children].indexOf(row) : -1 }
  }
  function onFocusOut() {
    const { button } = lastFocused ?? {}
    // Chrome also fires `focusout` while it removes the button.
    queueMicrotask(() => {
      if (button?.isConnected && lastFocused?.button === button) lastFocused = undefined
    })
  }
  function moveLostFocus(mutations: readonly MutationRecord[]) {
    const focusedElement = document.activeElement
    if (
      !lastFocused ||
      lastFocused.button.isConnected ||
      (focusedElement && focusedElement !== document.body)
    )
      return
    const { button, row, list, index } = lastFocused
    lastFocused = undefined
    const nextRow = row?.isConnected
      ? row
      : list?.isConnected
        ? nearestRow(list, index)
        : restoredRow(button, mutations)
    const focusTarget =
      (nextRow && buttonIn(nextRow, button.dataset.action)) ?? pickerButtonOf(store) ?? buttonIn(root)
    focusTarget?.focus()
  }

  const { activeElement } = document
  if (activeElement && root.contains(activeElement)) onFocusIn({ target: activeElement })
  root.addEventListener('focusin', onFocusIn)
  root.addEventListener('focusout', onFocusOut)
  const observer = new MutationObserver(moveLostFocus)
  observer.observe(root, { childList: true, subtree: true })
  return () => {
    observer.disconnect()
    root.removeEventListener('focusin', onFocusIn)
    root.removeEventListener('focusout', onFocusOut)
  }
}

/** Returns the row that an undo restored, to move focus to it. */
function restoredRow({ dataset }: HTMLElement, mutations: readonly MutationRecord[]): Element | undefined {
  if (dataset.part !== 'undo') return undefined
  const newNodes = mutations.flatMap(({ addedNodes }) => [...addedNodes])
  return newNodes.find((node): node is Element => node instanceof Element && node.matches('[data-row]'))
}

function nearestRow({ children }: Element, index: number): Element | undefined {
  return children[Math.min(index, children.length - 1)]
}

function buttonIn(row: Element, action?: string): HTMLElement | undefined {
  const buttons = [...row.querySelectorAll<HTMLElement>('button:not(:disabled)')]
  // When a file is canceled, its Cancel button becomes a Retry button, and vice versa. Focus moves between these two. It
  // does not move to the Remove button, because the next key press would then remove the row.
  for (const actionName of [action, action === 'cancel' ? 'retry' : 'cancel']) {
    const button = actionName !== undefined && buttons.find(({ dataset }) => dataset.action === actionName)
    if (button) return button
  }
  return buttons.find(({ dataset }) => dataset.action !== 'remove') ?? buttons[0]
}
