import type { Meta, StoryObj } from '@storybook/react-vite'
import { Dropzone } from 'putaway'
import type { DropzoneProps, UseMultiUpload } from 'putaway'
import { fakeFile } from 'putaway/testing'
import { expect, userEvent } from 'storybook/test'
import { waitForModules, holdOver } from './drag.ts'
import { picture } from './pictures.ts'
import { SideBySide, SceneList } from './scenes.tsx'

/**
 * A place to drop or paste files and folders. The whole area can be clicked; one real button takes focus. The
 * uploader decides which files it accepts.
 */
const meta = {
  component: Dropzone,
  // Each story creates its own list and passes it.
  args: { uploader: {} as UseMultiUpload, description: 'Anything up to 25 MB' },
  argTypes: { uploader: { control: false }, children: { control: false } },
  render: (args) => (
    <div className="page">
      <Zone {...args} />
    </div>
  ),
} satisfies Meta<typeof Dropzone>
export default meta
type Story = StoryObj<typeof meta>

function Zone(props: DropzoneProps) {
  return (
    <SceneList scenes={[]} options={{ accept: 'image/*' }}>
      {(uploader) => <Dropzone {...props} uploader={uploader} />}
    </SceneList>
  )
}

export const Default: Story = {
  play: async ({ canvas }) => {
    await userEvent.tab()
    await expect(canvas.getByRole('button', { name: 'Choose files' })).toHaveFocus()
  },
}

/** Idle, with a file that it accepts, with one that it refuses, and disabled. */
export const States: Story = {
  parameters: { docs: { story: { autoplay: true } } },
  render: (args) => (
    <SideBySide
      shows={[
        ['At rest', <Zone key="1" {...args} />],
        ['Held over it', <Zone key="2" {...args} id="takes" />],
        ['Not accepted', <Zone key="3" {...args} id="refuses" />],
        ['Disabled', <Zone key="4" {...args} disabled />],
      ]}
    />
  ),
  play: async ({ canvas, canvasElement }) => {
    const around = (id: string) => canvasElement.querySelector(`#${id}`)?.parentElement ?? canvasElement
    await waitForModules()
    await holdOver(around('takes'), picture('beach.jpg', 'dawn'))
    await holdOver(around('refuses'), fakeFile('report.pdf'))
    await canvas.findByText('Drop to upload')
    await canvas.findByText('This type of file is not accepted')
  },
}

/** Custom text in place of the icon; the button stays. */
export const CustomText: Story = {
  args: { children: <strong>Bring your holiday back</strong>, label: 'Choose photos' },
}

/** A function renders all content. */
export const CustomContent: Story = {
  args: {
    children: ({ drag, reason, buttonProps }) => (
      <div style={{ display: 'flex', gap: 12, alignItems: 'center' }}>
        <button {...buttonProps} style={{ minBlockSize: 32, paddingInline: 12 }}>
          Attach
        </button>
        <span>{drag === 'none' ? 'Drop anywhere on this line' : (reason ?? 'Let go')}</span>
      </div>
    ),
  },
}
