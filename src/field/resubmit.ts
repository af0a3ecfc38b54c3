type SubmitButton = HTMLButtonElement | HTMLInputElement

/** Matches the URL that React writes into the attribute `action` or `formaction` if the prop is a function. */
const functionUrl = /^javascript:/i

/**
 * Submits a form again as a submit button did before, with the button's name and value. The button may be disabled or
 * removed meanwhile. `requestSubmit` would then drop its name and value, or throw.
 */
export function resubmit(form: HTMLFormElement, submitter: HTMLElement | null): void {
  if (!isButton(submitter)) return form.requestSubmit()
  if (submitter.form === form && !submitter.matches(':disabled')) return form.requestSubmit(submitter)
  const hasFunction = functionUrl.test(submitter.getAttribute('formaction') ?? '')
  if (hasFunction && submitter.form === form && !submitter.matches('fieldset:disabled *')) {
    // Submits with the original button, because a copy of the button would not have the function of `formAction`.
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
  // Removes the copy later, because the app's handler may still read the submitter.
  setTimeout(() => copy.remove())
}

/** Whether the action of a form is a function. After the function has returned, React resets the form. */
export function hasReactAction(form: HTMLFormElement, submitter: HTMLElement | null): boolean {
  const urls = [form.getAttribute('action'), submitter?.getAttribute('formaction')]
  // If the action is a Server Function, the server-rendered form has hidden inputs whose names begin with `$ACTION_`.
  return urls.some((url) => functionUrl.test(url ?? '')) || form.querySelector('[name^="$ACTION_"]') !== null
}

function isButton(element: HTMLElement | null): element is SubmitButton {
  return element !== null && 'form' in element && 'disabled' in element
}
