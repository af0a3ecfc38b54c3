interface Whole {
  readonly name: string
  /** What the button says. */
  readonly close: string
  readonly dir: 'ltr' | 'rtl' | undefined
}

/** Shows a whole picture over the page until it is closed: by its button, Escape, or a press beside the picture. */
export function openImage(source: File | string | undefined, { name, close, dir }: Whole) {
  if (source === undefined) return
  const url = typeof source === 'string' ? source : URL.createObjectURL(source)
  const dialog = document.createElement('dialog')
  dialog.className = 'putaway-lightbox'
  dialog.dataset.putaway = 'lightbox'
  dialog.dataset.part = 'lightbox'
  dialog.ariaLabel = name
  if (dir) dialog.dir = dir

  const image = document.createElement('img')
  image.src = url
  image.alt = name
  const caption = document.createElement('p')
  caption.textContent = name
  const button = document.createElement('button')
  button.type = 'button'
  button.textContent = close
  button.autofocus = true
  button.className = 'putaway-button'
  button.addEventListener('click', () => dialog.close())
  dialog.append(image, caption, button)

  dialog.addEventListener('click', ({ target }) => target === dialog && dialog.close())
  dialog.addEventListener('close', () => {
    dialog.remove()
    if (typeof source !== 'string') URL.revokeObjectURL(url)
  })
  document.body.append(dialog)
  // Focus goes back to where it was by itself.
  dialog.showModal()
}
