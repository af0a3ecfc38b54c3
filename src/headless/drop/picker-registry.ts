/** Buttons that open a picker, by the store of their list. Such a button gets focus when its list becomes empty. */
const pickerButtons = new WeakMap<object, HTMLButtonElement>()

/**
 * Name of the custom event that a file input gets before its picker opens. The event removes the listeners of an
 * earlier picker that was closed without a choice.
 */
export const pickerOpensEvent = 'putaway-opens'

export function registerPickerButton(store: object, button: HTMLButtonElement | null) {
  if (button) pickerButtons.set(store, button)
  else pickerButtons.delete(store)
}

export const pickerButtonOf = (store: object) => pickerButtons.get(store)
