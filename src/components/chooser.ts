/** Buttons that open a picker, by the store of their list: they get focus when the list becomes empty. */
const choosers = new WeakMap<object, HTMLButtonElement>()

/** Event of a file input: its picker opens for another purpose. */
export const opensAnew = 'putaway-opens'

export function rememberChooser(store: object, button: HTMLButtonElement | null) {
  if (button) choosers.set(store, button)
  else choosers.delete(store)
}

export const chooserOf = (store: object) => choosers.get(store)
