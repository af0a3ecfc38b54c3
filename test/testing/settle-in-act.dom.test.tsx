import { fireEvent, render, screen } from '@testing-library/react'
import { UploadProvider, useUpload } from 'putaway'
import { fakeFile, fakeUploads } from 'putaway/testing'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

/** Testing Library sets the flag only in Jest and with globals of Vitest. */
beforeEach(() => void vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true))
afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

function Upload({ name }: { readonly name: string }) {
  const { status, upload } = useUpload()
  return <button onClick={() => upload(fakeFile(name))}>{`${name} is ${status}`}</button>
}

function choose(...names: readonly string[]) {
  const fake = fakeUploads({ speed: 0 })
  render(
    <UploadProvider {...fake}>
      {names.map((name) => (
        <Upload key={name} name={name} />
      ))}
    </UploadProvider>,
  )
  for (const button of screen.getAllByRole('button')) fireEvent.click(button)
  return fake
}

test('in the act environment a control resolves when its result is rendered, without a warning', async () => {
  const logged = vi.spyOn(console, 'error')
  const fake = choose('a.png')
  await fake.for('a.png').presign()
  expect(screen.getByText('a.png is uploading')).toBeTruthy()
  await fake.for('a.png').store()
  expect(screen.getByText('a.png is finishing')).toBeTruthy()
  await fake.for('a.png').confirm()
  expect(screen.getByText('a.png is done')).toBeTruthy()
  expect(logged).not.toHaveBeenCalled()
})

test('controls that run at the same time share act without a warning', async () => {
  const logged = vi.spyOn(console, 'error')
  const fake = choose('a.png', 'b.png')
  await Promise.all([fake.for('a.png').presign(), fake.for('b.png').presign()])
  expect(screen.getByText('a.png is uploading')).toBeTruthy()
  expect(screen.getByText('b.png is uploading')).toBeTruthy()
  expect(logged).not.toHaveBeenCalled()
})
