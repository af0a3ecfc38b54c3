import { screen, waitFor } from '@testing-library/react'
import { expect, test, vi } from 'vitest'
import { ImageUploader } from 'putaway'
import type { FormEvent } from 'react'
import { renderFormWithFakes } from '../harness/render-with-fakes.tsx'

/** A form and the values that it submitted. */
function renderForm(allowPending: boolean) {
  const submitted: unknown[] = []
  const onSubmit = vi.fn((event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const values = new FormData(event.currentTarget).getAll('photos')
    submitted.push(values.map((value) => JSON.parse(String(value)) as unknown))
  })
  const form = renderFormWithFakes(
    <ImageUploader name="photos" label="Photos" multiple required {...{ allowPending }} />,
    { onSubmit },
  )
  const bringToCheck = (name: string) =>
    form.during(async () => {
      await form.fake.for(name).presign()
      await form.fake.for(name).store()
      await form.fake.for(name).check()
    })
  return { ...form, submitted, bringToCheck, save: () => form.user.click(screen.getByText('Save')) }
}

test('a submit waits for the check, and only a file that passed is in the value', async () => {
  const { add, bringToCheck, during, fake, save, submitted } = renderForm(false)
  await add('a.png')
  await bringToCheck('a.png')
  await save()
  expect(await screen.findByText('The form is submitted as soon as the uploads are done.')).toBeVisible()
  expect(submitted).toEqual([])
  await during(() => fake.for('a.png').confirm())
  await waitFor(() =>
    expect(submitted).toEqual([[{ name: 'a.png', key: expect.any(String), token: 'a.png.signed' }]]),
  )
})

test('a file that is refused after the check stops the submit', async () => {
  const { add, bringToCheck, during, fake, save, submitted } = renderForm(false)
  await add('a.png')
  await bringToCheck('a.png')
  await save()
  await during(() => fake.for('a.png').fail('rejected'))
  expect(await screen.findByText(/Remove the failed uploads, then submit again/)).toBeVisible()
  expect(submitted).toEqual([])
})

test('with allowPending the value has the token of the check, and nothing deletes its object later', async () => {
  const { add, bringToCheck, fake, save, submitted, unmount, during } = renderForm(true)
  await add('a.png')
  await bringToCheck('a.png')
  await save()
  await waitFor(() => expect(submitted).toEqual([[{ name: 'a.png', token: 'fake-token-of-a.png' }]]))
  await during(() => unmount())
  expect(fake.calls).toEqual(['presign a.png', 'send a.png', 'confirm a.png'])
})
