import { getFormProps, useForm as useConform } from '@conform-to/react'
import { parseWithZod } from '@conform-to/zod/v4'
import type { Meta, StoryObj } from '@storybook/react-vite'
import { useForm as useTanStack } from '@tanstack/react-form'
import { ImageUploader, UploadProvider } from 'putaway'
import type { StoredImage } from 'putaway'
import { fakeUploads } from 'putaway/testing'
import type { FakeUploads } from 'putaway/testing'
import { useActionState, useState } from 'react'
import type { ReactNode } from 'react'
import { useFormStatus } from 'react-dom'
import { Controller, useForm } from 'react-hook-form'
import { expect, userEvent, waitFor } from 'storybook/test'
import { z } from 'zod'
import { functionIn } from '../.storybook/usage.ts'
import { album, picture, storedPicture } from './pictures.ts'

const [lofoten, geiranger] = album()
const before = [storedPicture('Erg Chebbi.jpg', 'dunes'), storedPicture('Provence.jpg', 'rose')]
const description = 'PNG, JPEG or WebP, up to 10 MB'

/**
 * `ImageUploader` is a form field: with a `name` it posts one hidden input per image, each with the JSON of one entry of
 * the value. New images carry the token that the server signed when it confirmed them, and `readUploads` verifies it.
 */
const meta = {
  title: 'Forms',
  component: ImageUploader,
  parameters: { controls: { disable: true } },
} satisfies Meta<typeof ImageUploader>
export default meta
type Story = StoryObj<typeof meta>

interface FakesProps {
  readonly children: (sent: (photos: readonly (string | undefined)[]) => void) => ReactNode
  readonly set?: (fakes: FakeUploads<unknown>) => void
}

/** A backend and a storage that exist only in this page, and the submitted values. */
function WithFakes({ children, set }: FakesProps) {
  const [sent, say] = useState<string>()
  const [fakes] = useState(() => {
    const made = fakeUploads<unknown>({
      speed: 1.2e7,
      latency: 60,
      result: ({ file, ticket }) => ({ key: ticket.key, name: file.name, token: `signed-for.${file.id}` }),
    })
    set?.(made)
    return made
  })
  return (
    <UploadProvider endpoints={fakes.endpoints} transport={fakes.transport} defaults={fakes.defaults}>
      <div className="page">
        {children((photos) => say(photos.join(', ') || 'nothing'))}
        <output className="page-sent">{sent && `Sent: ${sent}`}</output>
      </div>
    </UploadProvider>
  )
}

/** The names in the values that a form posts. */
function namesIn(form: FormData): (string | undefined)[] {
  return form.getAll('photos').map((value) => (JSON.parse(String(value)) as StoredImage).name)
}

/** A plain `<form>`. Its submit waits until the images are uploaded. */
export const PlainForm: Story = {
  parameters: {
    usage: `import { ImageUploader } from 'putaway'
import type { StoredImage } from 'putaway'

export const Album = ({ photos }: { photos: StoredImage[] }) => (
  <form method="post" action="/album">
    <ImageUploader name="photos" label="Photos" multiple required defaultValue={photos} />
    <button>Save</button>
    <button type="reset">Start over</button>
  </form>
)`,
  },
  render: () => (
    <WithFakes>
      {(sent) => (
        <form
          className="page-form"
          onSubmit={(event) => {
            event.preventDefault()
            sent(namesIn(new FormData(event.currentTarget)))
          }}
        >
          <ImageUploader
            name="photos"
            label="Photos"
            multiple
            required
            defaultValue={before}
            description={description}
          />
          <Buttons />
        </form>
      )}
    </WithFakes>
  ),
  play: async ({ canvas }) => {
    await userEvent.upload(
      canvas.getByLabelText('Add images'),
      [lofoten, geiranger].filter((each) => !!each),
    )
    await userEvent.click(canvas.getByRole('button', { name: 'Save' }))
    await canvas.findByText('The form is submitted as soon as the uploads are done.')
    await canvas.findByText('Sent: Erg Chebbi.jpg, Provence.jpg, Lofoten at dawn.jpg, Geiranger.jpg')
    await userEvent.click(canvas.getByRole('button', { name: 'Remove Provence.jpg' }))
    await userEvent.click(canvas.getByRole('button', { name: 'Save' }))
    await canvas.findByText('Sent: Erg Chebbi.jpg, Lofoten at dawn.jpg, Geiranger.jpg')
    await userEvent.click(canvas.getByRole('button', { name: 'Start over' }))
    await canvas.findByRole('img', { name: 'Provence.jpg' })
    await userEvent.click(canvas.getByRole('button', { name: 'Save' }))
    await canvas.findByText('Sent: Erg Chebbi.jpg, Provence.jpg')
  },
}

/** A required image is missing: the submit stops, the field shows the reason, and the add button gets focus. */
export const Required: Story = {
  parameters: {
    usage: `import { ImageUploader } from 'putaway'

export const Album = () => (
  <form method="post" action="/album">
    <ImageUploader name="photos" label="Photos" multiple minFiles={2} />
    <button>Save</button>
    <button type="reset">Start over</button>
  </form>
)`,
  },
  render: () => (
    <WithFakes>
      {(sent) => (
        <form
          className="page-form"
          onSubmit={(event) => {
            event.preventDefault()
            sent(namesIn(new FormData(event.currentTarget)))
          }}
        >
          <ImageUploader name="photos" label="Photos" multiple minFiles={2} description={description} />
          <Buttons />
        </form>
      )}
    </WithFakes>
  ),
  play: async ({ canvas }) => {
    await codeForForms()
    await userEvent.click(canvas.getByRole('button', { name: 'Save' }))
    await canvas.findByText('Add at least 2 images.')
    await waitFor(() => expect(canvas.getByRole('button', { name: /^Add images/ })).toHaveFocus())
    await expect(canvas.queryByText(/^Sent/)).toBeNull()
  },
}

/** An upload fails while the form waits: the submit stops, and retry gets focus. */
export const Failed: Story = {
  parameters: {
    usage: `import { ImageUploader } from 'putaway'

export const Album = () => (
  <form method="post" action="/album">
    <ImageUploader name="photos" label="Photos" />
    <button>Save</button>
    <button type="reset">Start over</button>
  </form>
)`,
  },
  render: () => (
    <WithFakes set={(fakes) => fakes.failNext('send', 'network')}>
      {(sent) => (
        <form
          className="page-form"
          onSubmit={(event) => {
            event.preventDefault()
            sent(namesIn(new FormData(event.currentTarget)))
          }}
        >
          <ImageUploader name="photos" label="Cover" description={description} />
          <Buttons />
        </form>
      )}
    </WithFakes>
  ),
  play: async ({ canvas }) => {
    await userEvent.upload(canvas.getByLabelText('Choose image'), picture('Fjord.jpg', 'fjord'))
    await userEvent.click(canvas.getByRole('button', { name: 'Save' }))
    const retry = await canvas.findByRole('button', { name: 'Retry Fjord.jpg' })
    await waitFor(() => expect(retry).toHaveFocus())
    await canvas.findByText(/Retry or remove the failed uploads, then submit again\.$/)
    await expect(canvas.queryByText(/^Sent/)).toBeNull()
  },
}

/** React 19: `<form action>` and `useFormStatus`. The action runs when the images are uploaded. */
export const FormAction: Story = {
  parameters: {
    usage: `import { useActionState } from 'react'\nimport { useFormStatus } from 'react-dom'\nimport { ImageUploader } from 'putaway'\n\n${functionIn('Forms.stories.tsx', 'ActionForm', 'SaveAction')}`,
  },
  render: () => <WithFakes>{(sent) => <ActionForm {...{ sent }} />}</WithFakes>,
  play: async ({ canvas }) => {
    await userEvent.upload(
      canvas.getByLabelText('Add images'),
      [lofoten].filter((each) => !!each),
    )
    await userEvent.click(canvas.getByRole('button', { name: 'Save' }))
    await canvas.findByRole('button', { name: 'Saving' })
    await canvas.findByText('Sent: Erg Chebbi.jpg, Provence.jpg, Lofoten at dawn.jpg')
  },
}

interface FormProps {
  readonly sent: (photos: readonly (string | undefined)[]) => void
}

function ActionForm({ sent }: FormProps) {
  const [photos, action] = useActionState<StoredImage[], FormData>(async (_, form) => {
    await new Promise((resolve) => setTimeout(resolve, 400))
    sent(namesIn(form))
    return form.getAll('photos').map((value) => JSON.parse(String(value)) as StoredImage)
  }, before)
  return (
    <form action={action} className="page-form">
      <ImageUploader name="photos" label="Photos" multiple defaultValue={photos} description={description} />
      <SaveAction />
    </form>
  )
}

function SaveAction() {
  const { pending } = useFormStatus()
  return <button disabled={pending}>{pending ? 'Saving' : 'Save'}</button>
}

/** React Hook Form: spread the field of `Controller`. */
export const ReactHookForm: Story = {
  parameters: {
    usage: `import { Controller, useForm } from 'react-hook-form'\nimport { ImageUploader } from 'putaway'\nimport type { StoredImage } from 'putaway'\n\n${functionIn('Forms.stories.tsx', 'HookForm')}`,
  },
  render: () => <WithFakes>{(sent) => <HookForm {...{ sent }} />}</WithFakes>,
  play: async ({ canvas }) => {
    await saveTwice(canvas)
  },
}

function HookForm({ sent }: FormProps) {
  const { control, handleSubmit } = useForm<{ photos: StoredImage[] }>({ defaultValues: { photos: [] } })
  return (
    <form
      className="page-form"
      onSubmit={(event) => void handleSubmit(({ photos }) => sent(photos.map(({ name }) => name)))(event)}
    >
      <Controller
        name="photos"
        control={control}
        rules={{ validate: (photos) => photos.length > 0 || 'A photo, please.' }}
        render={({ field, fieldState }) => (
          <>
            <ImageUploader {...field} label="Photos" multiple description={description} />
            <p role="alert">{fieldState.error?.message}</p>
          </>
        )}
      />
      <button>Save</button>
    </form>
  )
}

/** TanStack Form keeps the value. */
export const TanStackForm: Story = {
  parameters: {
    usage: `import { useForm as useTanStack } from '@tanstack/react-form'\nimport { ImageUploader } from 'putaway'\n\n${functionIn('Forms.stories.tsx', 'TanStack')}`,
  },
  render: () => <WithFakes>{(sent) => <TanStack {...{ sent }} />}</WithFakes>,
  play: async ({ canvas }) => {
    await saveTwice(canvas)
  },
}

const noPhotos: StoredImage[] = []

function TanStack({ sent }: FormProps) {
  const form = useTanStack({
    defaultValues: { photos: noPhotos },
    onSubmit: ({ value }) => sent(value.photos.map(({ name }) => name)),
  })
  return (
    <form
      className="page-form"
      onSubmit={(event) => {
        event.preventDefault()
        void form.handleSubmit()
      }}
    >
      <form.Field
        name="photos"
        validators={{ onSubmit: ({ value }) => (value.length < 1 ? 'A photo, please.' : undefined) }}
      >
        {({ state, handleChange, handleBlur }) => (
          <>
            <ImageUploader
              label="Photos"
              multiple
              value={state.value}
              onChange={handleChange}
              onBlur={handleBlur}
              description={description}
            />
            <p role="alert">{state.meta.errors.join()}</p>
          </>
        )}
      </form.Field>
      <button>Save</button>
    </form>
  )
}

/** Conform reads the values that the form posts, as the server does. */
export const Conform: Story = {
  parameters: {
    usage: `import { getFormProps, useForm as useConform } from '@conform-to/react'\nimport { parseWithZod } from '@conform-to/zod/v4'\nimport { ImageUploader } from 'putaway'\n\n${functionIn('Forms.stories.tsx', 'ConformForm')}`,
  },
  render: () => <WithFakes>{(sent) => <ConformForm {...{ sent }} />}</WithFakes>,
  play: async ({ canvas }) => {
    await saveTwice(canvas)
  },
}

const schema = z.object({
  photos: z
    .array(z.preprocess((value) => JSON.parse(String(value)) as unknown, z.object({ name: z.string() })))
    .min(1, 'A photo, please.'),
})

function ConformForm({ sent }: FormProps) {
  const [form, fields] = useConform({
    onValidate: ({ formData }) => parseWithZod(formData, { schema }),
    onSubmit(event, { submission }) {
      event.preventDefault()
      if (submission?.status === 'success') sent(submission.value.photos.map(({ name }) => name))
    },
  })
  return (
    <form {...getFormProps(form)} className="page-form">
      <ImageUploader name={fields.photos.name} label="Photos" multiple description={description} />
      <p role="alert">{fields.photos.errors?.join()}</p>
      <button>Save</button>
    </form>
  )
}

type Canvas = Parameters<NonNullable<Story['play']>>[0]['canvas']

/** Submits once with no image, which the library refuses, and once with an image that is still uploading. */
async function saveTwice(canvas: Canvas) {
  await userEvent.click(canvas.getByRole('button', { name: 'Save' }))
  await canvas.findByText('A photo, please.')
  await userEvent.upload(
    canvas.getByLabelText('Add images'),
    [geiranger].filter((each) => !!each),
  )
  await userEvent.click(canvas.getByRole('button', { name: 'Save' }))
  await canvas.findByText('Sent: Geiranger.jpg')
}

/** The code that delays a submit is loaded after the page. */
async function codeForForms() {
  await import('../src/field/form-binding.ts')
  await new Promise((resolve) => setTimeout(resolve, 50))
}

function Buttons() {
  return (
    <div className="page-buttons">
      <button>Save</button>
      <button type="reset">Start over</button>
    </div>
  )
}
