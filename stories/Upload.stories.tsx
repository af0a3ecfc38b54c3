import type { Meta, StoryObj } from '@storybook/react-vite'
import { Upload } from 'putaway'
import type { UseMultiUpload } from 'putaway'
import { expect, within } from 'storybook/test'
import { album, picture } from './pictures.ts'
import { SceneList, statuses } from './scenes.tsx'
import { functionIn } from '../.storybook/usage.ts'
import './own-look.css'

const photos = album()
const scenes = statuses.map((scene, index) => [scene, photos[index] ?? picture('Photo.jpg', 'dawn')] as const)

/**
 * The parts of the styled components, without styles: this page adds forty lines of its own CSS. CSS selects them by
 * `data-part`, `data-status` and `data-drag`.
 */
const meta = {
  title: 'Upload (parts)',
  component: Upload.Root,
  subcomponents: { ...Upload },
  render: () => <OwnScreen />,
  args: { uploader: {} as UseMultiUpload },
  parameters: { controls: { disable: true } },
} satisfies Meta<typeof Upload.Root>
export default meta
type Story = StoryObj<typeof meta>

function OwnScreen() {
  return (
    <div className="page">
      <SceneList scenes={scenes} options={{ accept: 'image/*', maxFiles: 10 }}>
        {(uploader) => <Polaroids uploader={uploader} />}
      </SceneList>
    </div>
  )
}

function Polaroids({ uploader }: { readonly uploader: UseMultiUpload }) {
  return (
    <Upload.Root uploader={uploader} className="own">
      <Upload.Dropzone>
        {({ drag, reason }) => (
          <>
            <Upload.Input />
            <Upload.Trigger>Add photos</Upload.Trigger>{' '}
            <span>{drag === 'none' ? 'or drop them on this line' : (reason ?? 'Let go')}</span>
          </>
        )}
      </Upload.Dropzone>
      <Upload.Rejections />
      <Upload.List>
        <Upload.Item>
          <Upload.Preview />
          <Upload.Progress />
          <Upload.Name />
          <Upload.Status />
          <div className="own-buttons">
            <Upload.Cancel />
            <Upload.Retry />
            <Upload.Remove />
            <Upload.DragHandle />
          </div>
        </Upload.Item>
      </Upload.List>
      <Upload.Undo />
    </Upload.Root>
  )
}

/** A custom style of the same parts, in all six statuses. */
export const CustomStyles: Story = {
  parameters: {
    usage: `import { Upload } from 'putaway'\nimport type { UseMultiUpload } from 'putaway'\n\n${functionIn('Upload.stories.tsx', 'Polaroids')}`,
  },
  play: async ({ canvas }) => {
    const rows = await canvas.findAllByRole('listitem')
    await expect(rows).toHaveLength(6)
    const failed = within(rows[5] ?? document.body)
    await failed.findByText('The connection was lost. Please try again.')
    await expect(failed.getByRole('button', { name: 'Retry Alpine meadow.png' })).toHaveTextContent('Retry')
  },
}
