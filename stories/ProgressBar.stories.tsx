import type { Meta, StoryObj } from '@storybook/react-vite'
import { ProgressBar } from 'putaway'
import { picture } from './pictures.ts'
import { SideBySide, SceneList, statuses } from './scenes.tsx'

const statusesUsage = `
import { ProgressBar, useMultiUpload } from 'putaway'

export function Bars() {
  const { items } = useMultiUpload()
  return items.map((item) => <ProgressBar key={item.id} item={item} />)
}`

const meta: Meta<typeof ProgressBar> = {
  component: ProgressBar,
  args: { value: 0.42, label: 'Upload progress' },
  argTypes: { item: { control: false } },
  decorators: [
    (Story) => (
      <div className="page">
        <Story />
      </div>
    ),
  ],
}
export default meta
type Story = StoryObj<typeof ProgressBar>

export const Value: Story = {}

/** Indeterminate: no value to show yet. */
export const Indeterminate: Story = { args: { value: undefined } }

/** Follows an item through its six statuses. */
export const Statuses: Story = {
  decorators: [(Story) => <Story />],
  parameters: { usage: statusesUsage },
  render: () => (
    <SideBySide
      shows={statuses.map((scene) => [
        scene,
        <SceneList key={scene} scenes={[[scene, picture('beach.jpg', 'dawn')]]}>
          {({ items }) => items.map((item) => <ProgressBar key={item.id} item={item} />)}
        </SceneList>,
      ])}
    />
  ),
}
