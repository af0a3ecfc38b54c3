import 'putaway/styles.css'
import { render, screen } from '@testing-library/react'
import { beforeEach, expect, test } from 'vitest'
import { page, server, userEvent } from 'vitest/browser'
import { UploadTray } from 'putaway'
import { picture } from '../../stories/pictures.ts'
import { SceneList } from '../../stories/scenes.tsx'

const scenes = Array.from(
  { length: 8 },
  (_, index) => ['uploading', picture(`photo ${index}.jpg`, 'dawn')] as const,
)

/** A form with fields at the end of its lines, where the tray is. */
async function renderForm(fieldCount: number) {
  render(
    <SceneList scenes={scenes}>
      {() => (
        <>
          {Array.from({ length: fieldCount }, (_, index) => (
            <p key={index} style={{ textAlign: 'end', margin: 0, blockSize: 60 }}>
              <input aria-label={`Field ${index}`} style={{ marginInlineEnd: 40 }} />
            </p>
          ))}
          <UploadTray />
        </>
      )}
    </SceneList>,
  )
  await screen.findByRole('region', { name: 'Uploads' })
}

/** Returns the label of the focused field if its middle is visible, else a description of the element that covers it. */
function seenAtFocus(): string {
  const { left, top, width, height } = document.activeElement?.getBoundingClientRect() ?? new DOMRect()
  const point = [left + width / 2, top + height / 2] as const
  const seen = document.elementFromPoint(...point)
  if (seen && seen === document.activeElement) return seen.getAttribute('aria-label') ?? ''
  const tray = screen.getByRole('region', { name: 'Uploads' }).getBoundingClientRect()
  return `${seen?.outerHTML.slice(0, 200)} at ${point.join(', ')}, in a window of ${innerWidth} x ${innerHeight} scrolled by ${scrollY}, tray at ${JSON.stringify(tray)}`
}

beforeEach(() => page.viewport(1000, 700))
/** The WebDriver of WebKitGTK presses no Tab, and `focus()` sends no event in a frame without focus. */
const testWithTab = test.skipIf(server.browser === 'webkit')

testWithTab.for([
  ['scrolls', 20],
  ['cannot scroll', 11],
] as const)('Tab reaches no field behind the tray in a page that %s', async ([, fieldCount]) => {
  await renderForm(fieldCount)
  screen.getByLabelText('Field 0').focus()
  for (let index = 1; index < fieldCount; index += 1) {
    // oxlint-disable-next-line no-await-in-loop -- each press moves focus on
    await userEvent.tab()
    expect(screen.getByLabelText(`Field ${index}`)).toBe(document.activeElement)
    // oxlint-disable-next-line no-await-in-loop
    await expect.poll(seenAtFocus).toBe(`Field ${index}`)
  }
})
