import type { Meta, StoryObj } from '@storybook/react-vite'
import { UploadList } from 'putaway'
import type { UseMultiUpload } from 'putaway'
import { fakeFile } from 'putaway/testing'
import { album, picture } from './pictures.ts'
import { SceneList, statuses } from './scenes.tsx'

const meta = {
  component: UploadList,
  argTypes: { uploader: { control: false } },
} satisfies Meta<typeof UploadList>
export default meta
type Story = StoryObj<typeof meta>

// Each story has its own list; the render function passes it.
const args = { uploader: {} as UseMultiUpload }

const photos = album()
const scenes = ([...statuses, 'canceled'] as const).map(
  (scene, index) => [scene, photos[index] ?? picture('Photo.jpg', 'dawn')] as const,
)

/** A row for each of the six statuses, and a canceled one. */
export const Statuses: Story = {
  args,
  render: ({ label }) => (
    <div className="page">
      <SceneList scenes={scenes}>{(uploader) => <UploadList uploader={uploader} label={label} />}</SceneList>
    </div>
  ),
}

/** Files that are not images. */
export const OtherFiles: Story = {
  args,
  render: ({ label }) => (
    <div className="page">
      <SceneList
        scenes={[
          ['done', fakeFile('Q3 report.pdf', { size: 840_000 })],
          [
            'uploading',
            fakeFile('Recording of the whole team meeting 2026-11-20.mp4', { size: 812_000_000 }),
            0.71,
          ],
          ['starting', fakeFile('notes.txt', { size: 310 })],
        ]}
      >
        {(uploader) => <UploadList uploader={uploader} label={label} />}
      </SceneList>
    </div>
  ),
}
