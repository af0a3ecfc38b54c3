type SubmitButton = HTMLButtonElement | HTMLInputElement

/** React marks a function as action or formAction by such a URL. */
const functionUrl = /^javascript:/i

/**
 * Submits a form as a submitter did before, with the submitter's name and value: also if it was disabled or removed
 * meanwhile, where `requestSubmit` drops them or throws.
 */
export function resubmit(form: HTMLFormElement, submitter: HTMLElement | null): void {
  if (!isButton(submitter)) return form.requestSubmit()
  if (submitter.form === form && !submitter.matches(':disabled')) return form.requestSubmit(submitter)
  const hasFunction = functionUrl.test(submitter.getAttribute('formaction') ?? '')
  if (hasFunction && submitter.form === form && !submitter.matches('fieldset:disabled *')) {
    // A copy would lose the function.
    submitter.disabled = false
    form.requestSubmit(submitter)
    submitter.disabled = true
    return
  }
  const copy = submitter.cloneNode(true) as SubmitButton // a clone has the type of its original
  for (const name of ['id', 'form', 'disabled', ...(hasFunction ? ['formaction'] : [])])
    copy.removeAttribute(name)
  copy.hidden = true
  form.append(copy)
  form.requestSubmit(copy)
  // The app's handler may read the submitter a moment later.
  setTimeout(() => copy.remove())
}

/** Whether a form has a function as its action, after whose return React resets the form. */
export function hasReactAction(form: HTMLFormElement, submitter: HTMLElement | null): boolean {
  const urls = [form.getAttribute('action'), submitter?.getAttribute('formaction')]
  // A function of the server has hidden inputs in server-rendered markup.
  return urls.some((url) => functionUrl.test(url ?? '')) || form.querySelector('[name^="$ACTION_"]') !== null
}

function isButton(element: HTMLElement | null): element is SubmitButton {
  return element !== null && 'form' in element && 'disabled' in element
}
