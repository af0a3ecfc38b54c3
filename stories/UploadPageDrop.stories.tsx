import type { Meta, StoryObj } from '@storybook/react-vite'
import { Upload, UploadList, UploadPageDrop, useMultiUpload } from 'putaway'
import { fakeFile } from 'putaway/testing'
import { expect, userEvent, waitFor } from 'storybook/test'
import { functionIn } from '../.storybook/usage.ts'
import { holdOver, waitForModules } from './drag.ts'
import { picture } from './pictures.ts'
import { SceneList } from './scenes.tsx'
import './chat.css'

/**
 * Takes files that are dropped anywhere on the page, or pasted, and says where they go. Drag a file over this page: the
 * overlay does not appear for texts, links, or pictures of the page.
 */
const meta = {
  component: UploadPageDrop,
  args: { label: '#general' },
  argTypes: { uploader: { control: false } },
  render: ({ label = '' }) => (
    <SceneList scenes={[]}>
      {() => (
        <main className="chat">
          <ol className="chat-messages">
            <li>
              <strong>Mina</strong> Did anyone take pictures of the whiteboard?
            </li>
            <li>
              <strong>Jonas</strong> Yes, one moment.
            </li>
          </ol>
          <Composer channel={label} />
        </main>
      )}
    </SceneList>
  ),
} satisfies Meta<typeof UploadPageDrop>
export default meta
type Story = StoryObj<typeof meta>

function Composer({ channel }: { readonly channel: string }) {
  const files = useMultiUpload({ accept: 'image/*,application/pdf', maxFiles: 10, maxSize: '25MB' })
  return (
    <Upload.Root uploader={files} className="composer">
      <textarea aria-label={`Message to ${channel}`} placeholder={`Message to ${channel}`} rows={2} />
      <UploadList uploader={files} label="Attachments" />
      <Upload.Rejections />
      <Upload.Input />
      <div className="composer-buttons">
        <Upload.Trigger>Attach files</Upload.Trigger>
        <button type="button">Send</button>
      </div>
      <UploadPageDrop label={channel} />
    </Upload.Root>
  )
}

const usage = `import { Upload, UploadList, UploadPageDrop, useMultiUpload } from 'putaway'\n\n${functionIn('UploadPageDrop.stories.tsx', 'Composer')}`

/** Paste a screenshot into the message, or drop files anywhere. A copied text stays text. */
export const ChatComposer: Story = {
  parameters: { usage },
  play: async ({ canvas, canvasElement }) => {
    const message = canvas.getByRole('textbox', { name: 'Message to #general' })
    await userEvent.click(message)
    const clipboardData = new DataTransfer()
    clipboardData.items.add(picture('Whiteboard.png', 'dawn'))
    // The code that handles pastes loads after the page.
    await waitFor(() => {
      const event = new ClipboardEvent('paste', { bubbles: true, cancelable: true })
      // Firefox leaves out the `clipboardData` that its constructor is given.
      Object.defineProperty(event, 'clipboardData', { value: clipboardData })
      message.dispatchEvent(event)
      if (!event.defaultPrevented) throw new Error('The paste was not handled.')
    })
    await expect(await canvas.findByRole('list', { name: 'Attachments' })).toHaveTextContent('Whiteboard.png')
    await expect(canvasElement.querySelector('[data-part="page-drop"]')).not.toBeVisible()
  },
}

/** Files are over the page. */
export const FilesOverPage: Story = {
  parameters: { usage },
  play: async ({ canvas, canvasElement }) => {
    await waitFor(() => expect(canvasElement.querySelector('[data-part="page-drop"]')).not.toBeNull())
    await waitForModules()
    await holdOver(canvas.getByRole('main'), picture('Whiteboard.jpg', 'dawn'))
    await waitFor(() => expect(canvas.getByText('Drop files to add them to #general')).toBeVisible())
  },
}

/** The rules would refuse these files. */
export const NotAccepted: Story = {
  parameters: { usage },
  play: async ({ canvas, canvasElement }) => {
    await waitFor(() => expect(canvasElement.querySelector('[data-part="page-drop"]')).not.toBeNull())
    await waitForModules()
    await holdOver(canvas.getByRole('main'), fakeFile('song.mp3', { type: 'audio/mpeg' }))
    await waitFor(() => expect(canvas.getByText('This type of file is not accepted')).toBeVisible())
  },
}
