import { readFiles } from './picker-registry.ts'

/**
 * Types and extensions that iOS knows. For other ones it disables files that the user should be able to choose, for
 * example GPX.
 */
const knownToIos =
  /^((image|video|audio|text)\/|application\/(pdf|zip|json)$|\.(jpe?g|png|gif|webp|hei[cf]|pdf|mp[34]|m4[av]|mov|wav|txt|csv|zip|docx?|xlsx?|pptx?)$)/i

/**
 * Handles the browser's peculiarities of a file input. Reads files that the browser restored after a reload or a return
 * to the page, because it fires no `change` for them. Stops the event `cancel` of a picker that is closed without a
 * choice, because the event bubbles and would close a `<dialog onCancel>` around the input. Removes `accept` on iOS if
 * iOS may not know one of its types: the rules still check the files. Returns a cleanup function.
 */
export function watchInput(input: HTMLInputElement): () => void {
  const stopPropagation = (event: Event) => event.stopPropagation()
  function readRestored() {
    const [file] = input.files ?? []
    if (file && !readFiles.has(file)) input.dispatchEvent(new Event('change', { bubbles: true }))
  }
  input.addEventListener('cancel', stopPropagation)
  addEventListener('pageshow', readRestored)
  readRestored()
  const { accept } = input
  if (isIos() && accept.split(',').some((pattern) => !knownToIos.test(pattern.trim()))) input.accept = ''
  return () => {
    input.removeEventListener('cancel', stopPropagation)
    removeEventListener('pageshow', readRestored)
  }
}

/** iPadOS says that it is a Mac, and no Mac has a touch screen. */
const isIos = () => /iP|Macintosh/.test(navigator.userAgent) && navigator.maxTouchPoints > 1
