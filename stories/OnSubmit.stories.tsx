import type { Meta, StoryObj } from '@storybook/react-vite'
import { ImageUploader, Upload, UploadList, UploadProvider, useMultiUpload } from 'putaway'
import type { FieldEntry, StoredImage } from 'putaway'
import { fakeUploads } from 'putaway/testing'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { expect, userEvent } from 'storybook/test'
import { functionIn } from '../.storybook/usage.ts'
import { album, storedPicture } from './pictures.ts'

const photos = album()

/**
 * With `start: 'manual'` chosen files wait with their previews, and nothing leaves the browser until their form is
 * submitted or `start()` is called.
 */
const meta = {
  title: 'Start by hand',
  component: ImageUploader,
  parameters: { controls: { disable: true } },
} satisfies Meta<typeof ImageUploader>
export default meta
type Story = StoryObj<typeof meta>

/** A backend and a storage that exist only in this page, and what the form posted. */
function Page({ children }: { readonly children: (say: (text: string) => void) => ReactNode }) {
  const [sent, setSent] = useState('')
  const [fakes] = useState(() =>
    fakeUploads<unknown>({
      speed: 1.2e7,
      latency: 60,
      result: ({ file, ticket }) => ({ key: ticket.key, name: file.name, token: `signed-for.${file.id}` }),
    }),
  )
  return (
    <UploadProvider endpoints={fakes.endpoints} transport={fakes.transport} defaults={fakes.defaults}>
      <div className="page">
        {children((text) => setSent(text))}
        <output className="page-sent">{sent && `Sent: ${sent}`}</output>
      </div>
    </UploadProvider>
  )
}

/** The values of a form as "name (caption)". */
function valuesIn(form: HTMLFormElement): string {
  const values = new FormData(form).getAll('photos').map((value) => JSON.parse(String(value)) as StoredImage)
  return values.map(({ name, meta: { caption = 'no caption' } = {} }) => `${name} (${caption})`).join(', ')
}

function Album({ children, say }: { readonly children: ReactNode; readonly say: (text: string) => void }) {
  return (
    <form
      className="page-form"
      onSubmit={(event) => {
        event.preventDefault()
        say(valuesIn(event.currentTarget))
      }}
    >
      {children}
      <div className="page-buttons">
        <button>Save</button>
        <button type="reset">Start over</button>
      </div>
    </form>
  )
}

/** Save uploads the chosen photos, and submits the form when they are done. */
export const OnSubmit: Story = {
  parameters: {
    usage: `import { ImageUploader } from 'putaway'

export const Album = () => (
  <form method="post" action="/album">
    <ImageUploader name="photos" label="Photos" multiple required start="manual" />
    <button>Save</button>
  </form>
)`,
  },
  render: () => (
    <Page>
      {(say) => (
        <Album say={say}>
          <ImageUploader name="photos" label="Photos" multiple required start="manual" />
        </Album>
      )}
    </Page>
  ),
  play: async ({ canvas }) => {
    await userEvent.upload(canvas.getByLabelText('Add images'), photos.slice(0, 3))
    await expect(await canvas.findAllByText('Not started')).toHaveLength(3)
  },
}

/** The same, submitted. */
export const Submitted: Story = {
  ...OnSubmit,
  play: async (context) => {
    await OnSubmit.play?.(context)
    const { canvas } = context
    await userEvent.click(canvas.getByRole('button', { name: 'Save' }))
    await canvas.findByText(/^Sent: .*Geiranger/)
  },
}

function CaptionRow({ entry }: { readonly entry: FieldEntry }) {
  const name = entry.kind === 'upload' ? entry.item.file.name : entry.image.name
  return (
    <>
      <Upload.Preview className="putaway-preview" />
      <div className="putaway-row-text">
        <Upload.MetaInput metaKey="caption" aria-label={`Caption of ${name}`} placeholder="Caption" />
        <Upload.Status className="putaway-status putaway-status-text" />
      </div>
      <span className="putaway-actions">
        <Upload.Cancel className="putaway-button" data-quiet="" />
        <Upload.Retry className="putaway-button" data-quiet="" />
        <Upload.Remove className="putaway-button" data-quiet="" />
        <Upload.DragHandle className="putaway-button" data-quiet="" />
      </span>
    </>
  )
}

/** A caption for each photo, stored or new, saved with the form. */
export const Captions: Story = {
  parameters: {
    usage: `import { ImageUploader, Upload } from 'putaway'
import type { FieldEntry, StoredImage } from 'putaway'

export const Album = ({ photos }: { photos: StoredImage[] }) => (
  <form method="post" action="/album">
    <ImageUploader
      name="photos"
      label="Photos"
      multiple
      layout="list"
      start="manual"
      slots={{ item: CaptionRow }}
      defaultValue={photos}
    />
    <button>Save</button>
  </form>
)

${functionIn('OnSubmit.stories.tsx', 'CaptionRow')}`,
  },
  render: () => (
    <Page>
      {(say) => (
        <Album say={say}>
          <ImageUploader
            name="photos"
            label="Photos"
            multiple
            layout="list"
            start="manual"
            slots={{ item: CaptionRow }}
            defaultValue={[{ ...storedPicture('Provence.jpg', 'rose'), meta: { caption: 'Lavender' } }]}
          />
        </Album>
      )}
    </Page>
  ),
  play: async ({ canvas }) => {
    await userEvent.upload(canvas.getByLabelText('Add images'), photos.slice(1, 2))
    await userEvent.type(await canvas.findByRole('textbox', { name: 'Caption of Geiranger.jpg' }), 'A fjord')
    await userEvent.click(canvas.getByRole('button', { name: 'Save' }))
    await canvas.findByText('Sent: Provence.jpg (Lavender), Geiranger.jpg (A fjord)')
  },
}

function Ordered() {
  const uploads = useMultiUpload({ start: 'manual', concurrency: 1 })
  return (
    <>
      <Upload.Root uploader={uploads}>
        <Upload.Input aria-label="Files" />
        <div className="page-buttons">
          <Upload.Trigger>Choose files</Upload.Trigger>
          <Upload.Start />
          <Upload.Pause />
          <Upload.Resume />
        </div>
      </Upload.Root>
      <UploadList uploader={uploads} />
    </>
  )
}

/** `concurrency: 1` uploads one file after the other, in order, each until its confirm has answered. */
export const OneAfterTheOther: Story = {
  parameters: {
    usage: `import { Upload, UploadList, useMultiUpload } from 'putaway'\n\n${functionIn('OnSubmit.stories.tsx', 'Ordered')}`,
  },
  render: () => <Page>{() => <Ordered />}</Page>,
  play: async ({ canvas }) => {
    await userEvent.upload(canvas.getByLabelText('Files'), photos.slice(0, 3))
    await userEvent.click(await canvas.findByRole('button', { name: 'Start all' }))
    await expect(canvas.getByRole('button', { name: 'Pause all' })).toBeVisible()
  },
}
