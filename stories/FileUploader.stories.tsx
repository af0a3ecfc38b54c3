import type { Meta, StoryObj } from '@storybook/react-vite'
import { FileUploader, UploadProvider } from 'putaway'
import type { FileUploaderProps } from 'putaway'
import { ko } from 'putaway/locales'
import { fakeFile, fakeUploads } from 'putaway/testing'
import { useState } from 'react'
import { expect } from 'storybook/test'
import { SceneList, ScenePage, SingleScenes, statuses } from './scenes.tsx'

const names = [
  'Lease agreement 2026-2027, signed by both parties.pdf',
  'Floor plan.dwg',
  'Handover.mp4',
  'Inventory.xlsx',
  'Photos of all rooms.zip',
  'Voice memo.m4a',
  'Presentation for the owners.pptx',
  'Letter.docx',
]
const files = names.map((name, index) => fakeFile(name, { size: 180_000 * (index + 1) ** 2 }))
const scenes = [...statuses, 'canceled' as const, 'paused' as const].map(
  (scene, index) => [scene, files[index] ?? fakeFile('Notes.txt')] as const,
)
const stored = { id: 1, name: 'Passport.pdf', url: 'https://example.com/passport.pdf', size: 812_000 }

/** The form field for files of any type: documents, attachments, a checklist of one file each. */
const meta = {
  component: FileUploader,
  args: { label: 'Documents', description: 'PDF, Word or ZIP, up to 50 MB', multiple: true, maxSize: '50MB' },
  argTypes: { uploader: { control: false }, endpoints: { control: false } },
  render: (args) => (
    <Faked>
      <FileUploader {...args} />
    </Faked>
  ),
} satisfies Meta<typeof FileUploader>
export default meta
type Story = StoryObj<typeof meta>

/** With a backend and a storage that exist only in this page. */
function Faked({ children }: { readonly children: React.ReactNode }) {
  const [fakes] = useState(() => fakeUploads<unknown>({ speed: 4e6, latency: 300, result: () => ({}) }))
  return (
    <UploadProvider endpoints={fakes.endpoints} transport={fakes.transport} defaults={fakes.defaults}>
      <div className="page">{children}</div>
    </UploadProvider>
  )
}

/** A drop area above one row per file. */
export const List: Story = {}

/** One line with a button, and rows below it. */
export const Compact: Story = { args: { layout: 'compact' } }

/** The name of a stored or done file is a link, if the file has a URL. */
export const Links: Story = {
  args: {
    defaultValue: [
      stored,
      {
        id: 2,
        name: 'Certificate of registration for the apartment on the second floor.pdf',
        url: 'https://example.com/certificate.pdf',
        size: 92_000,
      },
      { id: 3, name: 'Scan without a URL.pdf', size: 310_000 },
    ],
  },
  play: async ({ canvas }) => {
    const links = await canvas.findAllByRole('link', { name: /opens in a new tab$/ })
    await expect(links).toHaveLength(2)
  },
}

/** One file, which the next one replaces. */
export const Single: Story = { args: { label: 'Lease', multiple: false } }

const checklist = [
  { label: 'Passport', description: 'The page with the photo', defaultValue: stored },
  { label: 'Proof of address', description: 'A bill of the last three months' },
  { label: 'Payslip', description: 'PDF' },
] satisfies FileUploaderProps[]

const checklistUsage = `
import { FileUploader } from 'putaway'

export const Documents = () => (
  <form method="post" action="/documents">
    <FileUploader name="passport" label="Passport" description="The page with the photo" accept=".pdf" required />
    <FileUploader name="address" label="Proof of address" accept=".pdf" required />
    <FileUploader name="payslip" label="Payslip" accept=".pdf" required />
    <button>Send</button>
  </form>
)`

/** A checklist of one file each. */
export const Checklist: Story = {
  parameters: { usage: checklistUsage },
  render: () => (
    <Faked>
      <form style={{ display: 'grid', gap: 10 }}>
        {checklist.map((props) => (
          <FileUploader key={props.label} {...props} accept=".pdf" name={props.label} required />
        ))}
      </form>
    </Faked>
  ),
}

const koreanUsage = `
import { FileUploader, UploadI18nProvider } from 'putaway'
import { ko } from 'putaway/locales'

export const App = () => (
  <UploadI18nProvider messages={ko}>
    <FileUploader multiple label="첨부 파일" description="PDF 또는 ZIP, 최대 50MB" />
  </UploadI18nProvider>
)`

/** The statuses of a row, and the icons of kinds of files. */
export const ListStatuses: Story = {
  render: ({ label, description }) => (
    <ScenePage scenes={scenes}>
      {(uploader) => <FileUploader {...{ uploader, label, description }} />}
    </ScenePage>
  ),
}

/** The server still checks two files, for example for viruses. */
export const Checking: Story = {
  render: ({ label, description }) => (
    <ScenePage
      scenes={[
        ['done', fakeFile('Contract.pdf', { size: 840_000 })],
        ['checking', fakeFile('Invoice.pdf', { size: 310_000 })],
        ['checking', fakeFile('Photos.zip', { size: 12_400_000 })],
      ]}
    >
      {(uploader) => <FileUploader {...{ uploader, label, description }} />}
    </ScenePage>
  ),
}

/** The same in the compact layout. */
export const CompactStatuses: Story = {
  render: ({ label, description }) => (
    <ScenePage scenes={scenes}>
      {(uploader) => <FileUploader {...{ uploader, label, description }} layout="compact" />}
    </ScenePage>
  ),
}

/** One file in every status. */
export const SingleStatuses: Story = {
  render: ({ description }) => (
    <SingleScenes scenes={scenes} names={['empty', ...scenes.map(([scene]) => scene)]}>
      {(uploader) => <FileUploader {...{ uploader, description }} label="Lease" />}
    </SingleScenes>
  ),
}

/** Korean texts. */
export const Korean: Story = {
  parameters: { usage: koreanUsage },
  render: () => (
    <div className="page">
      <SceneList scenes={scenes}>
        {(uploader) => (
          <FileUploader
            {...{ uploader, messages: ko }}
            label="첨부 파일"
            description="PDF 또는 ZIP, 최대 50MB"
          />
        )}
      </SceneList>
    </div>
  ),
}

const rightToLeftUsage = `
import { FileUploader } from 'putaway'

export const Documents = () => (
  <main dir="rtl" lang="ar">
    <FileUploader multiple dir="rtl" label="المستندات" description="PDF" />
  </main>
)`

/** Arabic names and a right-to-left page. */
export const RightToLeft: Story = {
  parameters: { usage: rightToLeftUsage },
  render: () => (
    <div className="page" dir="rtl" lang="ar">
      <SceneList
        scenes={[
          ['done', fakeFile('عقد الإيجار.pdf', { size: 2_400_000 })],
          ['uploading', fakeFile('صور الغرف والمطبخ والحديقة كلها.zip', { size: 9_400_000 }), 0.4],
          ['error', fakeFile('رسالة.docx', { size: 90_000 })],
        ]}
      >
        {(uploader) => <FileUploader {...{ uploader }} dir="rtl" label="المستندات" description="PDF" />}
      </SceneList>
    </div>
  ),
}
