import type { Meta, StoryObj } from '@storybook/react-vite'
import { ImageUploader, UploadProvider } from 'putaway'
import { ko } from 'putaway/locales'
import type { ImageUploaderProps, UploaderLike } from 'putaway'
import { fakeFile, fakeUploads } from 'putaway/testing'
import type { FakeUploads } from 'putaway/testing'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { expect, userEvent, waitFor, within } from 'storybook/test'
import { drop, dropText, waitForModules, holdOver } from './drag.ts'
import { album, picture, storedPicture } from './pictures.ts'
import {
  longRetryDelay,
  SceneList,
  ScenePage,
  SceneUpload,
  SideBySide,
  SingleScenes,
  statuses,
} from './scenes.tsx'

const photos = album()
const scenes = [...statuses, 'canceled' as const, 'paused' as const].map(
  (scene, index) => [scene, photos[index] ?? picture('Photo.jpg', 'dawn')] as const,
)
const stored = [
  storedPicture('Lofoten at dawn.jpg', 'dawn'),
  storedPicture('Geiranger.jpg', 'fjord'),
  storedPicture('Erg Chebbi.webp', 'dunes'),
]
const names = [
  'Empty',
  'Waiting',
  'Starting',
  'Uploading',
  'Finishing',
  'Done',
  'Error',
  'Canceled',
  'Paused',
]

/**
 * Chooses, shows and uploads images, with thumbnails, progress, cancel, retry, remove, error texts, and announcements
 * for screen readers.
 */
const meta = {
  component: ImageUploader,
  args: { label: 'Photos', description: 'PNG, JPEG or WebP, up to 10 MB', multiple: true, maxSize: '10MB' },
  argTypes: { uploader: { control: false }, endpoints: { control: false } },
  render: (args) => <Faked {...args} />,
} satisfies Meta<typeof ImageUploader>
export default meta
type Story = StoryObj<typeof meta>

/** With a backend and a storage that exist only in this page. */
function Faked({
  set,
  ...props
}: ImageUploaderProps & { readonly set?: (fakes: FakeUploads<unknown>) => void }) {
  const [fakes] = useState(() => {
    const made = fakeUploads<unknown>({ speed: 4e6, latency: 300, result: () => ({}) })
    set?.(made)
    return made
  })
  return (
    <UploadProvider endpoints={fakes.endpoints} transport={fakes.transport} defaults={fakes.defaults}>
      <div className="page">
        <ImageUploader {...props} />
      </div>
    </UploadProvider>
  )
}

/** A grid: drop, paste or choose any number of images. */
export const Grid: Story = {}

/** One image, which the next one replaces. */
export const Single: Story = { args: { label: 'Avatar', multiple: false } }

/** An avatar: a circle, with a ring during the upload. */
export const Avatar: Story = {
  args: { label: 'Profile picture', multiple: false, layout: 'avatar', capture: 'user' },
}

/** Rows instead of tiles, when file names matter. */
export const List: Story = { args: { layout: 'list' } }

/** The statuses of a tile: the six, canceled, and paused. */
export const GridStatuses: Story = {
  render: ({ label, description }) => (
    <ScenePage scenes={scenes}>
      {(uploader) => <ImageUploader {...{ uploader, label, description }} />}
    </ScenePage>
  ),
}

/** The same statuses as rows. */
export const ListStatuses: Story = {
  render: ({ label, description }) => (
    <ScenePage scenes={scenes}>
      {(uploader) => <ImageUploader {...{ uploader, label, description }} layout="list" />}
    </ScenePage>
  ),
}

/** The six statuses of a single image, an empty and a canceled one. */
export const SingleStatuses: Story = {
  render: ({ description }) => (
    <SingleScenes scenes={scenes} names={names}>
      {(uploader) => <ImageUploader {...{ uploader, description }} label="Cover" />}
    </SingleScenes>
  ),
}

/** The same statuses of an avatar. */
export const AvatarStatuses: Story = {
  render: ({ description }) => (
    <SingleScenes scenes={scenes} names={names}>
      {(uploader) => <ImageUploader {...{ uploader, description }} label="Profile picture" layout="avatar" />}
    </SingleScenes>
  ),
}

const everyLayout = ['grid', 'list', 'card', 'avatar'] as const
const stillLife = picture('Photo.jpg', 'dawn')

interface InSceneProps extends Pick<Parameters<typeof SceneList>[0], 'scenes' | 'options'> {
  readonly layout: (typeof everyLayout)[number]
  readonly children: (uploader: UploaderLike) => ReactNode
}

/** One upload or a list, depending on the layout. */
function InScene({ layout, ...props }: InSceneProps) {
  return layout === 'grid' || layout === 'list' ? <SceneList {...props} /> : <SceneUpload {...props} />
}

/** The device is offline: uploads in progress wait for the network and say so. */
export const WaitingForTheNetwork: Story = {
  render: ({ description }) => (
    <SideBySide
      shows={everyLayout.map((layout) => [
        layout,
        <InScene
          key={layout}
          layout={layout}
          scenes={[['reconnecting', photos[2] ?? stillLife, 0.4]]}
          options={longRetryDelay}
        >
          {(uploader) => <ImageUploader {...{ uploader, description, layout }} label="Photos" />}
        </InScene>,
      ])}
    />
  ),
  play: async ({ canvas, canvasElement }) => {
    await waitFor(() => expect(canvas.getAllByText('Trying again…').length).toBeGreaterThan(3))
    // The skeleton of a thumbnail moves until the thumbnail is there.
    await waitFor(() => {
      const moving = canvasElement.ownerDocument.getAnimations().filter(isEndless)
      return expect(moving.filter(({ effect }) => canvasElement.contains(targetOf(effect)))).toEqual([])
    })
  },
}

const isEndless = ({ effect }: Animation) => effect?.getComputedTiming().iterations === Infinity
const targetOf = (effect: AnimationEffect | null) => (effect instanceof KeyframeEffect ? effect.target : null)

/** With `showSpeed`: the speed and the time left of each upload. */
export const WithSpeed: Story = {
  render: ({ description }) => (
    <SideBySide
      shows={everyLayout.map((layout) => [
        layout,
        <InScene key={layout} layout={layout} scenes={[['moving', photos[3] ?? stillLife, 0.2]]}>
          {(uploader) => <ImageUploader {...{ uploader, description, layout }} label="Photos" showSpeed />}
        </InScene>,
      ])}
    />
  ),
  play: async ({ canvas }) => {
    await waitFor(() => expect(canvas.getAllByText(/B\/s, .* left$/)).toHaveLength(4))
  },
}

/** With `replaceable`: replaces a stored image with another file. */
export const Replaceable: Story = {
  args: { defaultValue: stored, maxFiles: 3, replaceable: true },
  play: async ({ canvas }) => {
    const order = () => canvas.getAllByRole('img').map((image) => image.getAttribute('alt'))
    await waitForModules()
    const input = canvas.getByLabelText<HTMLInputElement>('Add images')
    // A browser opens no picker without user activation.
    input.addEventListener('click', (event) => event.preventDefault(), { once: true })
    await userEvent.click(await canvas.findByRole('button', { name: 'Replace Geiranger.jpg' }))
    await userEvent.upload(input, picture('Fjord.jpg', 'dawn'))
    await waitFor(() => expect(order()).toEqual(['Lofoten at dawn.jpg', 'Fjord.jpg', 'Erg Chebbi.webp']))
  },
}

/** Stored images beside new ones. A removed image can be restored. */
export const StoredImages: Story = {
  args: { defaultValue: stored, maxFiles: 8 },
  play: async ({ canvas }) => {
    await canvas.findByRole('img', { name: 'Geiranger.jpg' })
    await waitForModules()
    await userEvent.click(canvas.getByRole('button', { name: 'Remove Geiranger.jpg' }))
    await expect(canvas.queryByRole('img', { name: 'Geiranger.jpg' })).toBeNull()
    await waitFor(() => expect(canvas.getByRole('button', { name: 'Remove Erg Chebbi.webp' })).toHaveFocus())
    await userEvent.click(canvas.getByRole('button', { name: /^Undo: / }))
    const [, second] = canvas.getAllByRole('img')
    await expect(second).toHaveAccessibleName('Geiranger.jpg')
    await canvas.findByText('3 of 8')
  },
}

/** One stored image in each layout that shows one. */
export const StoredSingle: Story = {
  render: ({ description }) => (
    <SideBySide
      shows={(['card', 'avatar'] as const).map((layout) => [
        layout,
        <SceneUpload key={layout} scenes={[]}>
          {(uploader) => (
            <ImageUploader
              {...{ uploader, description, layout }}
              label="Cover"
              defaultValue={storedPicture('Provence.jpg', 'rose')}
            />
          )}
        </SceneUpload>,
      ])}
    />
  ),
}

export const ReadOnly: Story = {
  args: { defaultValue: stored, readOnly: true, description: undefined },
  play: async ({ canvas }) => {
    await canvas.findByRole('button', { name: 'Open Geiranger.jpg' })
    await expect(canvas.queryByRole('button', { name: /Remove|Move|Add/ })).toBeNull()
  },
}

/** Moves with the arrow keys on the handle, or by drag. Screen readers announce the new position. */
export const Reordered: Story = {
  args: { defaultValue: stored, maxFiles: 8 },
  play: async ({ canvas }) => {
    const order = () => canvas.getAllByRole('img').map((image) => image.getAttribute('alt'))
    await waitFor(() => expect(canvas.getByRole('status')).toBeInTheDocument())
    const handle = canvas.getByRole('button', { name: 'Move Lofoten at dawn.jpg' })
    handle.focus()
    await userEvent.keyboard('{ArrowRight}')
    await waitFor(() => expect(order()).toEqual(['Geiranger.jpg', 'Lofoten at dawn.jpg', 'Erg Chebbi.webp']))
    await waitFor(() => expect(canvas.getByRole('status')).toHaveTextContent('Lofoten at dawn.jpg, 2 of 3.'))
    await userEvent.keyboard('{End}')
    await waitFor(() => expect(order()).toEqual(['Geiranger.jpg', 'Erg Chebbi.webp', 'Lofoten at dawn.jpg']))
    await waitFor(() => expect(handle).toHaveFocus())
  },
}

/** Dragged by its handle over the last image: the others make room. */
export const Dragged: Story = {
  tags: ['!autodocs'],
  args: { defaultValue: stored, maxFiles: 8 },
  play: async ({ canvas }) => {
    const order = () => canvas.getAllByRole('img').map((image) => image.getAttribute('alt'))
    await canvas.findByRole('img', { name: 'Lofoten at dawn.jpg' })
    await Promise.all([waitForModules(), import('../src/headless/reorder.ts')])
    const handle = canvas.getByRole('button', { name: 'Move Lofoten at dawn.jpg' })
    const middle = (element: Element) => {
      const { left, top, width, height } = element.getBoundingClientRect()
      return { clientX: left + width / 2, clientY: top + height / 2, bubbles: true, pointerId: 1 }
    }
    const target = middle(canvas.getByRole('img', { name: 'Erg Chebbi.webp' }))
    handle.dispatchEvent(new PointerEvent('pointerdown', { ...middle(handle), button: 0, buttons: 1 }))
    await new Promise((resolve) => setTimeout(resolve, 50))
    window.dispatchEvent(new PointerEvent('pointermove', { ...target, buttons: 1 }))
    await waitFor(() => expect(order()).toEqual(['Geiranger.jpg', 'Erg Chebbi.webp', 'Lofoten at dawn.jpg']))
    window.dispatchEvent(new PointerEvent('pointerup', target))
    await waitFor(() => expect(handle).toHaveFocus())
  },
}

/** A click on an image opens it in full size; focus returns to it on close. */
export const Opened: Story = {
  args: { defaultValue: stored, maxFiles: 8 },
  play: async ({ canvas, canvasElement }) => {
    const open = await canvas.findByRole('button', { name: 'Open Geiranger.jpg' })
    await userEvent.click(open)
    const page = within(canvasElement.ownerDocument.body)
    const dialog = await page.findByRole('dialog', { name: 'Geiranger.jpg' })
    const close = within(dialog).getByRole('button', { name: 'Close' })
    await expect(close).toHaveFocus()
    await expect(within(dialog).getByRole('img', { name: 'Geiranger.jpg' })).toBeInTheDocument()
    await userEvent.click(close)
    await expect(page.queryByRole('dialog')).toBeNull()
    await waitFor(() => expect(open).toHaveFocus())
  },
}

const koreanUsage = `
import { ImageUploader, UploadI18nProvider } from 'putaway'
import { ko } from 'putaway/locales'

export const App = () => (
  <UploadI18nProvider messages={ko}>
    <ImageUploader multiple label="사진" />
  </UploadI18nProvider>
)`

/** Every text in Korean, and numbers in Korean format. */
export const Korean: Story = {
  parameters: { usage: koreanUsage },
  render: () => (
    <SideBySide
      shows={[
        [
          '격자',
          <SceneList key="grid" scenes={scenes} options={{ maxFiles: 12 }}>
            {(uploader) => <ImageUploader {...{ uploader }} messages={ko} label="사진" />}
          </SceneList>,
        ],
        [
          '목록',
          <SceneList key="list" scenes={scenes.slice(2, 6)} options={{ maxFiles: 12 }}>
            {(uploader) => <ImageUploader {...{ uploader }} messages={ko} label="사진" layout="list" />}
          </SceneList>,
        ],
        [
          '프로필',
          <SceneUpload key="avatar" scenes={[]}>
            {(uploader) => (
              <ImageUploader {...{ uploader }} messages={ko} label="프로필 사진" layout="avatar" />
            )}
          </SceneUpload>,
        ],
      ]}
    />
  ),
  play: async ({ canvas }) => {
    await canvas.findAllByText('연결이 끊어졌습니다. 다시 시도해 주세요.')
  },
}

const customComponentsUsage = `
import { ImageUploader, Upload } from 'putaway'
import type { FieldEntry } from 'putaway'

const Preview = ({ entry }: { entry: FieldEntry }) => (entry.kind === 'stored' ? <em>stored</em> : <Upload.Preview />)

export const Photos = () => (
  <ImageUploader multiple classNames={{ item: 'own-tile', label: 'own-label' }} slots={{ preview: Preview }} />
)`

/** Custom classes beside the default ones, and custom components in place of the default ones. */
export const CustomComponents: Story = {
  parameters: { usage: customComponentsUsage },
  args: {
    defaultValue: stored,
    classNames: { item: 'own-tile', label: 'own-label' },
    slots: { preview: ({ entry }) => <em style={{ padding: 24, display: 'block' }}>{entry.kind}</em> },
  },
  play: async ({ canvas, canvasElement }) => {
    await expect(canvas.getAllByText('stored')).toHaveLength(3)
    await expect(canvasElement.querySelectorAll('.own-tile')).toHaveLength(3)
  },
}

/** Files are held over it: accepted ones, and refused ones with the reason. */
export const DragOver: Story = {
  parameters: { docs: { story: { autoplay: true } } },
  render: ({ description }) => (
    <SideBySide
      shows={(['Images', 'Documents', 'Cover', 'Too many'] as const).map((name) => [
        name,
        name === 'Cover' ? (
          <SceneUpload key={name} scenes={[]} options={{ accept: 'image/*' }}>
            {(uploader) => <ImageUploader {...{ uploader, description }} label={name} />}
          </SceneUpload>
        ) : (
          <SceneList
            key={name}
            scenes={name === 'Too many' ? scenes.slice(4, 5) : []}
            options={{ accept: 'image/*', ...(name === 'Too many' && { maxFiles: 1 }) }}
          >
            {(uploader) => <ImageUploader {...{ uploader, description }} label={name} />}
          </SceneList>
        ),
      ])}
    />
  ),
  play: async ({ canvas }) => {
    const pdf = fakeFile('report.pdf')
    await waitForModules()
    await holdOver(canvas.getByRole('group', { name: 'Images' }), photos[0])
    await holdOver(canvas.getByRole('group', { name: 'Documents' }), pdf)
    await holdOver(canvas.getByRole('group', { name: 'Cover' }), photos[0])
    await canvas.findByRole('button', { name: 'Remove DSC_20260418_214501_night-sky.jpg' })
    // holdOver copies the zone, and a copy gets no thumbnail any more.
    await within(canvas.getByRole('group', { name: 'Too many' })).findByRole('img', { name: /night-sky/ })
    await holdOver(canvas.getByRole('group', { name: 'Too many' }), photos[0])
    await canvas.findByText('This type of file is not accepted')
    await canvas.findByText('Only one file')
    await expect(canvas.getAllByText('Drop to upload')).toHaveLength(2)
  },
}

/** A link, text, or an image without a file was dropped: it shows why nothing was added. */
export const DroppedWithoutFile: Story = {
  render: ({ description }) => (
    <SideBySide
      shows={(['card', 'avatar', 'grid', 'list'] as const).map((layout) => [
        layout,
        layout === 'card' || layout === 'avatar' ? (
          <SceneUpload key={layout} scenes={[]}>
            {(uploader) => <ImageUploader {...{ uploader, description, layout }} label={layout} />}
          </SceneUpload>
        ) : (
          <SceneList key={layout} scenes={[]}>
            {(uploader) => <ImageUploader {...{ uploader, description, layout }} label={layout} />}
          </SceneList>
        ),
      ])}
    />
  ),
  play: async ({ canvas }) => {
    await waitForModules()
    const notes = () => canvas.queryAllByText(/^No file was dropped/, { ignore: '[role="status"]' })
    for (const [index, name] of ['card', 'avatar', 'grid', 'list'].entries())
      await dropText(canvas.getByRole('group', { name }), () => notes().length === index + 1)
  },
}

/** Files refused on choosing are listed with their reasons until they are dismissed. The others continue. */
export const Rejections: Story = {
  parameters: { docs: { story: { autoplay: true } } },
  args: { maxFiles: 3 },
  play: async ({ canvas }) => {
    await userEvent.upload(
      canvas.getByLabelText('Add images'),
      [
        picture('Panorama of the whole valley, stitched.jpg', 'meadow', 48_000_000),
        picture('Lofoten.jpg', 'dawn', 1e6),
        fakeFile('report.pdf'),
        fakeFile('empty.png', { size: 0 }),
      ],
      { applyAccept: false },
    )
    const list = await canvas.findByRole('list', { name: 'Files that were not added' })
    await expect(within(list).getAllByRole('listitem')).toHaveLength(3)
    await within(list).findByText('Larger than 10 MB.')
    await within(list).findByText('This type of file is not accepted. Use image files.')
    await within(list).findByText('This file is empty.')
  },
}

/** At the maximum number of images, the add tile is hidden. */
export const LimitReached: Story = {
  render: ({ label, description }) => (
    <div className="page">
      <SceneList
        scenes={photos.slice(0, 4).map((file) => ['done', file] as const)}
        options={{ accept: 'image/*', maxFiles: 4 }}
      >
        {(uploader) => <ImageUploader {...{ uploader, label, description }} />}
      </SceneList>
    </div>
  ),
  play: async ({ canvas }) => {
    await canvas.findByText('4 of 4')
    await expect(canvas.queryByRole('button', { name: 'Add images' })).toBeNull()
  },
}

export const Disabled: Story = { args: { disabled: true } }

/** Right to left, from the `dir` of the page. */
export const RightToLeft: Story = {
  parameters: {
    usage: `import { ImageUploader } from 'putaway'

export const Photos = () => (
  <main dir="rtl">
    <ImageUploader multiple label="Photos" />
  </main>
)`,
  },
  render: ({ label, description }) => (
    <div className="page" dir="rtl">
      <SceneList scenes={scenes}>
        {(uploader) => <ImageUploader {...{ uploader, label, description }} />}
      </SceneList>
    </div>
  ),
}

/** A custom theme with a few CSS variables. */
export const Themed: Story = {
  parameters: {
    usage: `/* In your CSS: */
:root {
  --putaway-accent: #c2410c;
  --putaway-radius: 4px;
  --putaway-gap: 4px;
}`,
  },
  render: ({ label, description }) => (
    <div
      className="page"
      style={{ '--putaway-accent': '#c2410c', '--putaway-radius': '4px', '--putaway-gap': '4px' } as never}
    >
      <SceneList scenes={scenes.slice(0, 5)}>
        {(uploader) => <ImageUploader {...{ uploader, label, description }} />}
      </SceneList>
    </div>
  ),
}

/** A complete upload, from choosing a file to done. */
export const ChoosingToDone: Story = {
  tags: ['!autodocs'],
  render: (args) => <Faked {...args} set={(fakes) => Object.assign(fakes, { speed: 8e6, latency: 60 })} />,
  play: async ({ canvas }) => {
    await userEvent.upload(canvas.getByLabelText('Add images'), photos.slice(0, 3))
    await canvas.findByRole('progressbar', { name: 'Upload of Geiranger.jpg' })
    await waitFor(() => expect(canvas.getAllByText('Uploaded')).toHaveLength(3))
    await expect(canvas.queryByRole('progressbar')).toBeNull()
    await waitFor(() => expect(canvas.getByRole('status')).toHaveTextContent('All 3 files uploaded.'))
  },
}

/** Dropped anywhere on the grid. */
export const Dropped: Story = {
  tags: ['!autodocs'],
  render: (args) => (
    <Faked {...args} set={(fakes) => Object.assign(fakes, { speed: Infinity, latency: 0 })} />
  ),
  play: async ({ canvas, canvasElement }) => {
    drop(canvasElement, photos[0])
    await canvas.findByText('Uploaded')
    await canvas.findByRole('img', { name: 'Lofoten at dawn.jpg' })
  },
}

/** The connection breaks during an upload. Retry sends again, and focus stays. */
export const FailedThenRetried: Story = {
  tags: ['!autodocs'],
  args: { multiple: false, label: 'Cover' },
  render: (args) => (
    <Faked
      {...args}
      set={(fakes) => {
        Object.assign(fakes, { speed: 2e7, latency: 30 })
        fakes.failNext('send', 'network')
      }}
    />
  ),
  play: async ({ canvas }) => {
    await userEvent.upload(canvas.getByLabelText('Choose image'), picture('Fjord.jpg', 'fjord'))
    await canvas.findByText('The connection was lost. Please try again.')
    await userEvent.click(canvas.getByRole('button', { name: 'Retry Fjord.jpg' }))
    await canvas.findAllByText('Uploaded')
  },
}

/** Canceled during the upload: the row stays, can be started again, and keeps keyboard focus. */
export const Canceled: Story = {
  tags: ['!autodocs'],
  render: (args) => <Faked {...args} set={(fakes) => Object.assign(fakes, { speed: 1e5, latency: 0 })} />,
  play: async ({ canvas }) => {
    await userEvent.upload(canvas.getByLabelText('Add images'), photos.slice(0, 2))
    await userEvent.click(await canvas.findByRole('button', { name: 'Cancel Geiranger.jpg' }))
    const retry = await canvas.findByRole('button', { name: 'Retry Geiranger.jpg' })
    await waitFor(() => expect(retry).toHaveFocus())
    await canvas.findByText('Canceled')
  },
}
