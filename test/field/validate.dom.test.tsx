import { screen, waitFor } from '@testing-library/react'
import { expect, test, vi } from 'vitest'
import { FileUploader, ImageUploader } from 'putaway'
import { fakeFile } from 'putaway/testing'
import { renderFormWithFakes } from '../harness/render-with-fakes.tsx'

const button = (name: string) => screen.getByRole('button', { name })

test('a refused file is listed with its sentence, which is announced once', async () => {
  const { add } = renderFormWithFakes(
    <ImageUploader
      name="photos"
      label="Photos"
      multiple
      start="manual"
      validate={async ({ name }) => (name === 'a.png' ? undefined : `${name} is too dark.`)}
    />,
  )
  await add('a.png', 'b.png', 'c.png')
  const list = await screen.findByRole('list', { name: 'Files that were not added' })
  expect(list).toHaveTextContent('b.png is too dark.')
  expect(list).toHaveTextContent('c.png is too dark.')
  expect(screen.getAllByText('Not started')).toHaveLength(1)
  await waitFor(() =>
    expect(screen.getByRole('status')).toHaveTextContent('2 files were not added. b.png is too dark.'),
  )
})

test.each(['auto', 'manual'] as const)(
  'with start %s a file that is refused while the form waits stops the submit, and the next one is sent',
  async (start) => {
    const onSubmit = vi.fn((event: { preventDefault(): void }) => event.preventDefault())
    const answers: ((sentence: string | undefined) => void)[] = []
    const { add, user, during, finish } = renderFormWithFakes(
      <ImageUploader
        name="photos"
        label="Photos"
        multiple
        start={start}
        validate={() => new Promise((resolve) => answers.push(resolve))}
      />,
      { onSubmit },
    )
    await add('a.png', 'b.png')
    await user.click(button('Save'))
    await during(() => {})
    const [first, second] = answers.slice(-2)
    await during(() => first?.(undefined))
    await finish('a.png')
    await during(() => second?.('b.png is too dark.'))
    await waitFor(() => expect(button('Dismiss b.png')).toHaveFocus())
    expect(onSubmit).not.toHaveBeenCalled()
    await waitFor(() =>
      expect(screen.getByRole('status')).toHaveTextContent(
        'The form was not submitted, because a file was not added.',
      ),
    )
    await user.click(button('Save'))
    expect(onSubmit).toHaveBeenCalledOnce()
  },
)

test('stored files use the total by their size', async () => {
  const { user, during } = renderFormWithFakes(
    <FileUploader
      name="files"
      label="Files"
      multiple
      start="manual"
      maxTotalSize="1kB"
      defaultValue={[{ id: 1, name: 'old.pdf', size: 600 }]}
    />,
  )
  const choose = async (name: string, size: number) => {
    await user.upload(screen.getByLabelText('Choose files'), fakeFile(name, { size }))
    await during(() => {})
  }
  await choose('a.pdf', 500)
  expect(await screen.findByText('Larger than 1 kB together with the other files.')).toBeInTheDocument()
  await choose('b.pdf', 400)
  expect(await screen.findByText('b.pdf')).toBeInTheDocument()
  expect(screen.queryByText('Larger than 1 kB together with the other files.')).not.toBeInTheDocument()
})
