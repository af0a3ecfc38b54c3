import '@mantine/core/styles.css'
import 'putaway/styles.css'
import { Dialog as BaseDialog } from '@base-ui/react/dialog'
import { Popover as BasePopover } from '@base-ui/react/popover'
import { MantineProvider, Modal as MantineModal, Popover as MantinePopover } from '@mantine/core'
import MuiDialog from '@mui/material/Dialog'
import MuiPopover from '@mui/material/Popover'
import * as RadixDialog from '@radix-ui/react-dialog'
import * as RadixPopover from '@radix-ui/react-popover'
import { cleanup, render, waitFor } from '@testing-library/react'
import { StrictMode, useEffect, useRef, useState } from 'react'
import { createPortal } from 'react-dom'
import { createRoot } from 'react-dom/client'
import type { ComponentType, ReactNode } from 'react'
import { afterEach, describe, expect, test } from 'vitest'
import { page, userEvent } from 'vitest/browser'
import { ImageUploader, UploadProvider } from 'putaway'
import { fakeUploads } from 'putaway/testing'

interface HostProps {
  readonly open: boolean
  readonly setOpen: (open: boolean) => void
  readonly children: ReactNode
}

const place = { position: 'fixed', left: 40, top: 60, width: 380, background: 'Canvas' } as const

/** Dialogs of common libraries, each used as its docs show. */
const hosts: Readonly<Record<string, ComponentType<HostProps>>> = {
  'Radix dialog': ({ open, setOpen, children }) => (
    <RadixDialog.Root open={open} onOpenChange={setOpen}>
      <RadixDialog.Portal>
        <RadixDialog.Overlay style={{ position: 'fixed', inset: 0, background: '#0006' }} />
        <RadixDialog.Content style={place} aria-describedby={undefined}>
          <RadixDialog.Title>Host</RadixDialog.Title>
          {children}
        </RadixDialog.Content>
      </RadixDialog.Portal>
    </RadixDialog.Root>
  ),
  'Radix popover': ({ open, setOpen, children }) => (
    <RadixPopover.Root open={open} onOpenChange={setOpen}>
      <RadixPopover.Trigger>Toggle</RadixPopover.Trigger>
      <RadixPopover.Portal>
        <RadixPopover.Content style={{ width: 380, background: 'Canvas' }}>{children}</RadixPopover.Content>
      </RadixPopover.Portal>
    </RadixPopover.Root>
  ),
  'modal Radix popover': ({ open, setOpen, children }) => (
    <RadixPopover.Root open={open} onOpenChange={setOpen} modal>
      <RadixPopover.Trigger>Toggle</RadixPopover.Trigger>
      <RadixPopover.Portal>
        <RadixPopover.Content style={{ width: 380, background: 'Canvas' }}>{children}</RadixPopover.Content>
      </RadixPopover.Portal>
    </RadixPopover.Root>
  ),
  'Base UI dialog': ({ open, setOpen, children }) => (
    <BaseDialog.Root open={open} onOpenChange={setOpen}>
      <BaseDialog.Portal>
        <BaseDialog.Backdrop style={{ position: 'fixed', inset: 0, background: '#0006' }} />
        <BaseDialog.Popup style={place}>
          <BaseDialog.Title>Host</BaseDialog.Title>
          {children}
        </BaseDialog.Popup>
      </BaseDialog.Portal>
    </BaseDialog.Root>
  ),
  'Base UI popover': ({ open, setOpen, children }) => (
    <BasePopover.Root open={open} onOpenChange={setOpen}>
      <BasePopover.Trigger>Toggle</BasePopover.Trigger>
      <BasePopover.Portal>
        <BasePopover.Positioner>
          <BasePopover.Popup style={{ width: 380, background: 'Canvas' }}>{children}</BasePopover.Popup>
        </BasePopover.Positioner>
      </BasePopover.Portal>
    </BasePopover.Root>
  ),
  'modal Base UI popover': ({ open, setOpen, children }) => (
    <BasePopover.Root open={open} onOpenChange={setOpen} modal>
      <BasePopover.Trigger>Toggle</BasePopover.Trigger>
      <BasePopover.Portal>
        <BasePopover.Positioner>
          <BasePopover.Popup style={{ width: 380, background: 'Canvas' }}>{children}</BasePopover.Popup>
        </BasePopover.Positioner>
      </BasePopover.Portal>
    </BasePopover.Root>
  ),
  'MUI dialog': ({ open, setOpen, children }) => (
    <MuiDialog open={open} onClose={() => setOpen(false)} fullWidth>
      {children}
    </MuiDialog>
  ),
  'MUI popover': ({ open, setOpen, children }) => (
    <MuiPopover
      open={open}
      onClose={() => setOpen(false)}
      anchorReference="anchorPosition"
      anchorPosition={{ left: 40, top: 60 }}
    >
      <div style={{ width: 380 }}>{children}</div>
    </MuiPopover>
  ),
  'Mantine modal': ({ open, setOpen, children }) => (
    <MantineModal opened={open} onClose={() => setOpen(false)} title="Host">
      {children}
    </MantineModal>
  ),
  'Mantine popover': ({ open, setOpen, children }) => (
    <MantinePopover opened={open} onChange={setOpen} trapFocus>
      <MantinePopover.Target>
        <button type="button">Toggle</button>
      </MantinePopover.Target>
      <MantinePopover.Dropdown style={{ width: 380 }}>{children}</MantinePopover.Dropdown>
    </MantinePopover>
  ),
  'native dialog': (props) => <NativeDialog {...props} />,
  'native dialog that a press outside closes': (props) => <NativeDialog {...props} closedby="any" />,
  'native popover': (props) => <NativePopover {...props} />,
}

function NativePopover({ open, setOpen, children }: HostProps) {
  const element = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (open) element.current?.showPopover()
  }, [open])
  return (
    <div
      ref={element}
      popover="auto"
      style={{ width: 380 }}
      onToggle={(event) => setOpen(event.newState === 'open')}
    >
      {children}
    </div>
  )
}

function NativeDialog({ open, setOpen, children, closedby }: HostProps & { readonly closedby?: 'any' }) {
  const element = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    if (open) element.current?.showModal()
    else element.current?.close()
  }, [open])
  return (
    <dialog
      ref={element}
      {...{ closedby }}
      style={{ width: 380 }}
      onCancel={() => setOpen(false)}
      onClose={() => setOpen(false)}
    >
      {children}
    </dialog>
  )
}

const pixel =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const stored = ['beach', 'fjord'].map((name) => ({ key: name, name: `${name}.png`, url: pixel }))

async function openHost(name: string, layout: 'grid' | 'list' = 'grid') {
  const Host = hosts[name]
  if (!Host) throw new Error(`There is no host "${name}".`)
  const Around: ComponentType<HostProps> = Host
  const fake = fakeUploads<unknown>()
  let isOpen = true
  function App() {
    const [open, setOpen] = useState(true)
    useEffect(() => {
      isOpen = open
    }, [open])
    return (
      <Around {...{ open, setOpen }}>
        <ImageUploader label="Photos" multiple layout={layout} defaultValue={stored} />
      </Around>
    )
  }
  render(
    <StrictMode>
      <MantineProvider>
        <UploadProvider {...fake}>
          <App />
        </UploadProvider>
      </MantineProvider>
    </StrictMode>,
  )
  const trigger = page.getByRole('button', { name: 'Open beach.png' })
  await expect.element(trigger).toBeVisible()
  // Opening is animated, and some hosts add their outside listeners a moment later.
  const moving = document.getAnimations().map(({ finished }) => finished.catch(() => {}))
  await Promise.all([...moving, new Promise((resolve) => setTimeout(resolve, 100))])
  return { trigger, isOpen: () => isOpen }
}

const lightbox = () => page.getByRole('dialog', { name: 'beach.png' })

const ways: Record<string, () => Promise<void>> = {
  'its button': () => lightbox().getByRole('button', { name: 'Close' }).click(),
  Escape: () => userEvent.keyboard('{Escape}'),
  'a press beside it': () => lightbox().click({ position: { x: 8, y: 8 } }),
}

afterEach(async () => {
  cleanup()
  await waitFor(() => expect(document.querySelector('[data-part="lightbox"]')).toBe(null))
})

describe.for(Object.keys(hosts))('a picture in a %s', (name) => {
  test('the preview closes by its button, Escape or a click outside, without the dialog, and restores focus', async () => {
    const { trigger, isOpen } = await openHost(name)
    for (const way of [...Object.keys(ways), 'Escape']) {
      // oxlint-disable no-await-in-loop -- steps are sequential, as user input is
      await trigger.click()
      await expect.element(lightbox().getByRole('button', { name: 'Close' })).toHaveFocus()
      await ways[way]?.()
      await expect.element(lightbox()).not.toBeInTheDocument()
      // A host closes asynchronously.
      await new Promise((resolve) => setTimeout(resolve, 150))
      // oxlint-enable no-await-in-loop
      expect(isOpen(), way).toBe(true)
      expect(document.activeElement, way).toBe(trigger.element())
    }
  })

  test('a closed preview leaves Escape to the elements around it', async () => {
    const { trigger, isOpen } = await openHost(name)
    await trigger.click()
    await expect.element(lightbox()).toBeVisible()
    await userEvent.keyboard('{Escape}')
    await expect.element(lightbox()).not.toBeInTheDocument()
    await userEvent.keyboard('{Escape}')
    await waitFor(() => expect(isOpen()).toBe(false))
  })

  test('a picker closed without a choice does not close the dialog', async () => {
    const { isOpen } = await openHost(name)
    const input = document.querySelector('input[type="file"]')
    input?.dispatchEvent(new Event('cancel', { bubbles: true }))
    await new Promise((resolve) => setTimeout(resolve, 150))
    expect(isOpen()).toBe(true)
  })

  test('the preview is above all content, traps Tab, and adds nothing to body', async () => {
    const { trigger } = await openHost(name, 'list')
    const before = document.body.childElementCount
    await trigger.click()
    await expect.element(lightbox()).toBeVisible()
    expect(document.body.childElementCount).toBe(before)
    const middle = document.elementFromPoint(innerWidth / 2, innerHeight / 2)
    expect(middle?.closest('[data-part="lightbox"]')).not.toBe(null)
    expect(middle?.closest('[aria-hidden="true"], [inert]')).toBe(null)
    await userEvent.keyboard('{Tab}{Tab}{Shift>}{Tab}{/Shift}')
    const { activeElement } = document
    expect(activeElement === document.body || activeElement?.closest('[data-part="lightbox"]')).toBeTruthy()
  })

  test('Escape cancels the drag of a row and does not close the dialog', async () => {
    const { isOpen } = await openHost(name)
    const handle = page.getByRole('button', { name: 'Move beach.png', exact: true })
    const { left, top } = handle.element().getBoundingClientRect()
    const at = { clientX: left + 5, clientY: top + 5, bubbles: true, pointerId: 1, button: 0, buttons: 1 }
    await import('../../src/headless/reorder.ts')
    handle.element().dispatchEvent(new PointerEvent('pointerdown', at))
    await waitFor(() => {
      handle.element().dispatchEvent(new PointerEvent('pointermove', { ...at, clientY: top + 25 }))
      expect(document.querySelector('[data-dragging]')).not.toBe(null)
    })
    await userEvent.keyboard('{Escape}')
    await waitFor(() => expect(document.querySelector('[data-dragging]')).toBe(null))
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(isOpen()).toBe(true)
  })
})

test.for(['open', 'closed'] as const)(
  'a preview in a native dialog closes without it in a shadow root that is %s',
  async (mode) => {
    const shadow = document.body.appendChild(document.createElement('div')).attachShadow({ mode })
    const root = createRoot(shadow)
    root.render(
      <UploadProvider {...fakeUploads<unknown>()}>
        <NativeDialogApp />
      </UploadProvider>,
    )
    for (const close of [
      () => userEvent.keyboard('{Escape}'),
      () => press(shadow, '[data-lightbox-close]'),
    ]) {
      // oxlint-disable no-await-in-loop -- steps are sequential, as user input is
      await press(shadow, '[data-action="open"]')
      await waitFor(() => expect(shadow.querySelector('[data-part="lightbox"][open]')).not.toBe(null))
      await close()
      await waitFor(() => expect(shadow.querySelector('[data-part="lightbox"]')).toBe(null))
      await new Promise((resolve) => setTimeout(resolve, 150))
      // oxlint-enable no-await-in-loop
      expect(shadow.querySelector('dialog[open]')).not.toBe(null)
    }
    root.unmount()
    shadow.host.remove()
  },
)

test('the button of a preview in an iframe closes it', async () => {
  const frame = document.body.appendChild(document.createElement('iframe'))
  const inside = frame.contentDocument
  if (!inside) throw new Error('There is no document.')
  render(
    createPortal(
      <UploadProvider {...fakeUploads<unknown>()}>
        <ImageUploader label="Photos" multiple defaultValue={stored} />
      </UploadProvider>,
      inside.body,
    ),
  )
  await press(inside, '[data-action="open"]')
  await press(inside, '[data-lightbox-close]')
  await waitFor(() => expect(inside.querySelector('[data-part="lightbox"]')).toBe(null))
  cleanup()
  frame.remove()
})

function NativeDialogApp() {
  const [open, setOpen] = useState(true)
  return (
    <NativeDialog {...{ open, setOpen }}>
      <ImageUploader label="Photos" multiple defaultValue={stored} />
    </NativeDialog>
  )
}

async function press(root: ParentNode, selector: string) {
  await waitFor(() => expect(root.querySelector(selector)).not.toBe(null))
  root.querySelector<HTMLElement>(selector)?.click()
}

/** Whether screen readers find an element: not hidden, and in the open modal dialog if there is one. */
function isExposed(element: Element): boolean {
  const modal = document.querySelector('dialog:modal, [aria-modal="true"]')
  return (
    element.checkVisibility() &&
    !element.closest('[aria-hidden="true"], [inert]') &&
    (!modal || modal.contains(element))
  )
}

const modalHosts = ['Radix dialog', 'Base UI dialog', 'MUI dialog', 'Mantine modal', 'native dialog']

test.for(Object.entries(hosts).filter(([name]) => modalHosts.includes(name)))(
  'announcements are where screen readers find them while a %s is open, and after it',
  async ([, Around]) => {
    function App() {
      const [open, setOpen] = useState(false)
      return (
        <>
          <button type="button" onClick={() => setOpen(true)} data-shown={open || undefined}>
            Show
          </button>
          <ImageUploader label="Photos" multiple />
          <Around {...{ open, setOpen }}>
            <ImageUploader label="Avatar" />
          </Around>
        </>
      )
    }
    render(
      <MantineProvider>
        <UploadProvider {...fakeUploads<unknown>({ speed: 0 })}>
          <App />
        </UploadProvider>
      </MantineProvider>,
    )
    const spoken = () =>
      [...document.querySelectorAll('[role="status"]')].map((region) => [
        isExposed(region) ? 'exposed' : 'hidden',
        region.textContent,
      ])
    const add = (group: string, name: string) =>
      userEvent.upload(
        page.getByRole('group', { name: group }).getByLabelText(/^(Choose|Add) image/),
        new File(['a'], name, { type: 'image/png' }),
      )
    await waitFor(() => expect(spoken()).toEqual([['exposed', '']]))
    await page.getByRole('button', { name: 'Show' }).click()
    await expect.element(page.getByRole('group', { name: 'Avatar' })).toBeVisible()
    await new Promise((resolve) => setTimeout(resolve, 200))
    await add('Avatar', 'me.png')
    await waitFor(() => expect(spoken()).toEqual([['exposed', 'Uploading me.png.']]))
    await userEvent.keyboard('{Escape}')
    await waitFor(() => expect(document.querySelector('[data-shown]')).toBe(null))
    await add('Photos', 'beach.png')
    await waitFor(() => expect(spoken()).toEqual([['exposed', 'Uploading beach.png.']]))
  },
)
