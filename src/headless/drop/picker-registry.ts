/** Buttons that open a picker, by the store of their list. Such a button gets focus when its list becomes empty. */
const pickerButtons = new WeakMap<object, HTMLButtonElement>()

/**
 * Name of the custom event that a file input gets before its picker opens. The event removes the listeners of an
 * earlier picker that was closed without a choice.
 */
export const pickerOpensEvent = 'putaway-opens'

/**
 * The first file of each choice that `Input` has read. Browsers empty the input then. jsdom and happy-dom keep `files`
 * that a test has set, and they must not be taken for files that a browser restored.
 */
export const readFiles = new WeakSet<File>()

export function registerPickerButton(store: object, button: HTMLButtonElement | null) {
  if (button) pickerButtons.set(store, button)
  else pickerButtons.delete(store)
}

export const pickerButtonOf = (store: object) => pickerButtons.get(store)
