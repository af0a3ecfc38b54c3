import '@mantine/core/styles.css'
import 'putaway/styles.css'
import { MantineProvider, Modal as MantineModal } from '@mantine/core'
import MuiDialog from '@mui/material/Dialog'
import * as RadixDialog from '@radix-ui/react-dialog'
import { screen, waitFor } from '@testing-library/react'
import type { ReactElement } from 'react'
import { beforeEach, expect, test } from 'vitest'
import { cdp, page, server, userEvent } from 'vitest/browser'
import { makeFile, renderImageField } from '../image-prop.tsx'

beforeEach(() => page.viewport(900, 800))
const area = () => screen.findByRole('application', { name: 'Picture' })
const cropDialog = () => screen.queryByRole('dialog', { name: 'Crop the picture' })
const later = { crop: { mode: 'coordinates', aspect: 1 } } as const
const photo = (name: string) => makeFile({ width: 90, height: 60, format: 'png' }, name)

/** Dialogs of common libraries that keep focus inside, with the function that is called when they close. */
const hosts: [string, (onClose: () => void) => (field: ReactElement) => ReactElement][] = [
  [
    'Radix',
    (onClose) => (field) => (
      <RadixDialog.Root open onOpenChange={onClose}>
        <RadixDialog.Portal>
          <RadixDialog.Overlay style={{ position: 'fixed', inset: 0 }} />
          <RadixDialog.Content aria-describedby={undefined} style={{ position: 'fixed', inset: 40 }}>
            <RadixDialog.Title>Host</RadixDialog.Title>
            {field}
          </RadixDialog.Content>
        </RadixDialog.Portal>
      </RadixDialog.Root>
    ),
  ],
  [
    'MUI',
    (onClose) => (field) => (
      <MuiDialog open onClose={onClose} fullWidth>
        {field}
      </MuiDialog>
    ),
  ],
  [
    'Mantine',
    (onClose) => (field) => (
      <MantineProvider>
        <MantineModal opened onClose={onClose} title="Host">
          {field}
        </MantineModal>
      </MantineProvider>
    ),
  ],
]

test.each(hosts)(
  'in a dialog of %s the keyboard crops, and Escape closes only the inner one',
  async (_name, host) => {
    let closeCount = 0
    const { choose, values } = renderImageField(
      { name: 'photo', multiple: true, image: later },
      host(() => (closeCount += 1)),
    )
    await screen.findByRole('button', { name: /Add images/ })
    choose(await photo('a.png'))
    const cropArea = await area()
    await waitFor(() => expect(document.activeElement).toBe(cropArea))
    await userEvent.keyboard('{ArrowRight>9/}{Tab}{Enter}{Shift>}{Tab}{/Shift}{Enter}')
    await waitFor(() => expect(values()).toHaveLength(1))
    expect(values()[0]?.crop?.x).toBeLessThan(15)
    await userEvent.click(screen.getByRole('button', { name: 'Crop a.png' }))
    await area()
    await userEvent.click(screen.getByRole('button', { name: 'Rotate right' }))
    await userEvent.keyboard('{Escape}')
    await waitFor(() => expect(cropDialog()).toBeNull())
    await waitFor(() => expect(document.activeElement?.getAttribute('aria-label')).toBe('Crop a.png'))
    expect(closeCount).toBe(0)
  },
)

test('a close without a cancel drops the file, and the next file gets the dialog', async () => {
  const { choose, values } = renderImageField({ name: 'photo', multiple: true, image: later })
  choose(await photo('a.png'), await photo('b.png'))
  await screen.findByText('1 of 2')
  await area()
  const dialog = cropDialog()
  // As Chrome does when the user goes back a second time.
  if (dialog instanceof HTMLDialogElement) dialog.close()
  await screen.findByText('2 of 2')
  await area()
  await userEvent.click(screen.getByRole('button', { name: 'Apply' }))
  await waitFor(() => expect(values()).toMatchObject([{ name: 'b.png' }]))
})

test.skipIf(server.browser !== 'chromium')('two fingers zoom', async () => {
  const { choose } = renderImageField({ multiple: true, image: later })
  choose(await photo('a.png'))
  const box = (await area()).getBoundingClientRect()
  const frame = window.frameElement?.getBoundingClientRect() ?? { left: 0, top: 0 }
  const [centerX, centerY] = [frame.left + box.left + box.width / 2, frame.top + box.top + box.height / 2]
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', distances: number[]) =>
    cdp().send('Input.dispatchTouchEvent', {
      type,
      touchPoints: distances.map((x, id) => ({ x: centerX + x, y: centerY, id })),
    })
  await touch('touchStart', [-20, 20])
  for (const distance of [30, 40, 50, 60]) await touch('touchMove', [-distance, distance])
  await touch('touchEnd', [])
  const zoom = screen.getByRole<HTMLInputElement>('slider', { name: 'Zoom' })
  await waitFor(() => expect(zoom.valueAsNumber).toBeGreaterThan(1.5))
})
