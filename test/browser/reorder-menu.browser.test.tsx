import 'putaway/styles.css'
import * as RadixDialog from '@radix-ui/react-dialog'
import { cleanup, render, waitFor } from '@testing-library/react'
import { StrictMode, useState } from 'react'
import type { ReactNode } from 'react'
import { afterEach, expect, test } from 'vitest'
import { page, userEvent } from 'vitest/browser'
import { ImageUploader, UploadI18nProvider, UploadProvider } from 'putaway'
import { ko } from 'putaway/locales'
import { fakeUploads } from 'putaway/testing'

const stored = ['a', 'b', 'c'].map((name) => ({ key: name, name: `${name}.png` }))
const handle = (name: string) => page.getByRole('button', { name: `Move ${name}.png`, exact: true })
const menu = () => page.getByRole('menu')
const item = (name: string) => page.getByRole('menuitem', { name, exact: true })
const order = () =>
  [...document.querySelectorAll('[data-part="handle"]')].map((each) =>
    each.getAttribute('aria-label')?.slice(5, 6),
  )
const focusedName = () =>
  document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent

const lists: Readonly<Record<string, (content: ReactNode) => ReactNode>> = {
  'a page': (content) => content,
  'a modal Radix dialog': (content) => <InDialog>{content}</InDialog>,
}

function InDialog({ children }: { readonly children: ReactNode }) {
  const [open, setOpen] = useState(true)
  return (
    <RadixDialog.Root open={open} onOpenChange={setOpen}>
      <RadixDialog.Portal>
        <RadixDialog.Content aria-describedby={undefined}>
          <RadixDialog.Title>Host</RadixDialog.Title>
          {children}
        </RadixDialog.Content>
      </RadixDialog.Portal>
    </RadixDialog.Root>
  )
}

function show(
  around: (content: ReactNode) => ReactNode,
  layout: 'grid' | 'list' = 'list',
  messages?: typeof ko,
) {
  render(
    <StrictMode>
      <UploadProvider {...fakeUploads<unknown>()}>
        <UploadI18nProvider messages={messages}>
          {around(<ImageUploader label="Photos" multiple layout={layout} defaultValue={stored} />)}
        </UploadI18nProvider>
      </UploadProvider>
    </StrictMode>,
  )
}

afterEach(async () => {
  cleanup()
  await waitFor(() => expect(document.querySelector('[role="menu"]')).toBe(null))
})

test.for(Object.entries(lists))(
  'in %s a click on the handle opens a menu that moves the row',
  async ([, around]) => {
    show(around)
    await handle('a').click()
    await expect.element(menu()).toBeVisible()
    await expect.element(handle('a')).toHaveAttribute('aria-expanded', 'true')
    await item('Move last').click()
    await waitFor(() => expect(order()).toEqual(['b', 'c', 'a']))
    await expect.element(handle('a')).toHaveFocus()
    await expect.element(menu()).not.toBeInTheDocument()
    expect(handle('a').element().hasAttribute('aria-expanded')).toBe(false)
    await expect.element(page.getByRole('status')).toHaveTextContent('a.png, 3 of 3.')
  },
)

test.for(Object.entries(lists))(
  'in %s Escape and a press beside the menu close only the menu',
  async ([, around]) => {
    show(around)
    for (const close of [
      () => userEvent.keyboard('{Escape}'),
      () => page.getByText('Photos', { exact: true }).click(),
    ]) {
      // oxlint-disable no-await-in-loop -- steps are sequential, as user input is
      await handle('b').click()
      await expect.element(menu()).toBeVisible()
      await close()
      await expect.element(menu()).not.toBeInTheDocument()
      await expect.element(handle('b')).toHaveFocus()
      // oxlint-enable no-await-in-loop
    }
    expect(order()).toEqual(['a', 'b', 'c'])
  },
)

test('Enter or Space opens the menu, and the arrow keys, Home and End move in it', async () => {
  show((content) => content)
  await expect.element(handle('b')).toBeVisible()
  for (const [keys, moved] of [
    ['{Enter}', 'Move first'],
    [' ', 'Move first'],
  ] as const) {
    // oxlint-disable-next-line no-await-in-loop -- as above
    handle('b').element().focus()
    // oxlint-disable-next-line no-await-in-loop -- as above
    await userEvent.keyboard(keys)
    // oxlint-disable-next-line no-await-in-loop -- as above
    await waitFor(() => expect(focusedName()).toBe(moved))
    // oxlint-disable-next-line no-await-in-loop -- as above
    await userEvent.keyboard('{ArrowDown}{ArrowDown}{End}{ArrowDown}{ArrowUp}{ArrowUp}{Home}{Escape}')
  }
  await userEvent.keyboard('{Enter}')
  await waitFor(() => expect(focusedName()).toBe('Move first'))
  await userEvent.keyboard('{ArrowDown}')
  expect(focusedName()).toBe('Move earlier')
  await userEvent.keyboard('{Enter}')
  await waitFor(() => expect(order()).toEqual(['b', 'a', 'c']))
  await waitFor(() => expect(focusedName()).toBe('Move b.png'))
})

test('Tab closes the menu and moves on from the handle', async () => {
  show((content) => content)
  await handle('a').click()
  await expect.element(menu()).toBeVisible()
  await userEvent.keyboard('{Tab}')
  await expect.element(menu()).not.toBeInTheDocument()
  expect(focusedName()).toBe('Open b.png')
})

test('the first row starts at the first entry that is enabled, and a disabled one does nothing', async () => {
  show((content) => content)
  await handle('a').click()
  await waitFor(() => expect(focusedName()).toBe('Move later'))
  await item('Move first').click({ force: true })
  await expect.element(menu()).toBeVisible()
  expect(order()).toEqual(['a', 'b', 'c'])
})

test('a drag opens no menu', async () => {
  show((content) => content)
  await handle('a').dropTo(page.getByRole('listitem').nth(2))
  await waitFor(() => expect(order()).not.toEqual(['a', 'b', 'c']))
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(menu().query()).toBe(null)
})

test('the menu is inside the window beside a tile at the edge', async () => {
  await page.viewport(220, 400)
  show((content) => content, 'grid')
  await handle('c').click({ force: true })
  await expect.element(menu()).toBeVisible()
  const { left, right, bottom } = menu().element().getBoundingClientRect()
  expect(left).toBeGreaterThanOrEqual(0)
  expect(right).toBeLessThanOrEqual(220)
  expect(bottom).toBeLessThanOrEqual(400)
  await page.viewport(1000, 700)
})

test('the entries are Korean', async () => {
  show((content) => content, 'list', ko)
  await page.getByTitle(ko.moveHint).nth(1).click()
  await expect.element(menu()).toBeVisible()
  const names = [...document.querySelectorAll('[role="menuitem"]')].map((each) => each.textContent)
  expect(names).toEqual(['맨 앞으로 이동', '앞으로 이동', '뒤로 이동', '맨 뒤로 이동'])
})
