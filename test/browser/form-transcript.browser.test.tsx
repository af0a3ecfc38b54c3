import 'putaway/styles.css'
import { render, waitFor } from '@testing-library/react'
import { expect, test } from 'vitest'
import { page, userEvent } from 'vitest/browser'
import { ImageUploader, UploadProvider } from 'putaway'
import { fakeUploads } from 'putaway/testing'
import documentation from '../../docs/accessibility.md?raw'

const stored = ['lake', 'dunes', 'coast'].map((name) => ({ key: name, name: `${name}.jpg` }))

/** Every step of a user, the text of the live region after it, and the name of the element that has focus. */
test('removal, undo, reorder by the menu and a form error are announced as docs/accessibility.md says', async () => {
  render(
    <UploadProvider {...fakeUploads<unknown>()}>
      <form>
        <ImageUploader name="photos" label="Photos" multiple minFiles={3} defaultValue={stored} />
        <button>Save</button>
      </form>
    </UploadProvider>,
  )
  const region = await waitFor(() => {
    const status = document.querySelector('[role="status"]')
    if (!status) throw new Error('There is no live region yet.')
    return status
  })
  const lines: string[] = []

  async function press(name: string, role: 'button' | 'menuitem' = 'button') {
    const before = region.textContent
    const target = page.getByRole(role, { name, exact: true })
    // The buttons load with the code of rows.
    await expect.element(target).toBeVisible()
    ;(target.element() as HTMLElement).focus()
    await userEvent.keyboard('{Enter}')
    const isOpening = name.startsWith('Move ') && role === 'button'
    await (isOpening
      ? expect.element(page.getByRole('menu')).toBeVisible()
      : expect.poll(() => region.textContent).not.toBe(before))
    const focused = document.activeElement
    const focusedName = focused?.getAttribute('aria-label') ?? focused?.textContent
    const announced = isOpening || !region.textContent ? 'nothing' : `"${region.textContent}"`
    lines.push(`${name}: says ${announced}, focus on "${focusedName}"`)
  }

  await press('Remove dunes.jpg')
  await press('Undo: dunes.jpg')
  await press('Move lake.jpg')
  await press('Move last', 'menuitem')
  await press('Remove coast.jpg')
  await press('Save')

  const [, documented = ''] = /<!-- form transcript -->\n\n```\n(.*?)\n```/s.exec(documentation) ?? []
  expect(lines.join('\n')).toBe(documented)
})
