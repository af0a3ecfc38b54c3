import 'putaway/styles.css'
import { cleanup, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, test } from 'vitest'
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

/** Whether the middle of the focused field is seen. */
function isFocusSeen(): boolean {
  const { left, top, width, height } = document.activeElement?.getBoundingClientRect() ?? new DOMRect()
  return document.elementFromPoint(left + width / 2, top + height / 2) === document.activeElement
}

beforeEach(() => page.viewport(1000, 700))
afterEach(cleanup)

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
    await expect.poll(isFocusSeen, { message: `Field ${index}` }).toBe(true)
  }
})
