/** The buttons that open a picker, by the store of the list they fill: where focus goes when a list is empty. */
const choosers = new WeakMap<object, HTMLButtonElement>()

/** An event of a file input: its picker opens for something else now. */
export const opensAnew = 'putaway-opens'

export function rememberChooser(store: object, button: HTMLButtonElement | null) {
  if (button) choosers.set(store, button)
  else choosers.delete(store)
}

export const chooserOf = (store: object) => choosers.get(store)
