import type { ReactElement } from 'react'
import { createRoot } from 'react-dom/client'
import { ImageUploader, UploadProvider, useUpload } from 'putaway'
import type { ImageUploaderProps, UploadEndpoints } from 'putaway'

/** An app with one mistake, which the address names. A mistake without an entry here is one of the backend. */
const asked = new URLSearchParams(location.search)
const mistake = asked.get('mistake') ?? ''
const url = asked.get('endpoints') ?? `/api/${mistake}`

/** JavaScript does not check types. */
const unchecked = (value: unknown) => value as never

const broken: Partial<UploadEndpoints> = {
  presign: async () => ({ kind: 'put', key: 'a', url: asked.get('target') ?? 'http://127.0.0.1:9/' }),
}
const withImages = (props: object) => <ImageUploader multiple layout="list" label="Photos" {...props} />
const appAt = (endpoints: unknown, props: Partial<ImageUploaderProps> = {}) => (
  <UploadProvider endpoints={unchecked(endpoints)}>{withImages(props)}</UploadProvider>
)
const app = (props?: Partial<ImageUploaderProps>) => appAt(url, props)
const own = (endpoints: Partial<UploadEndpoints>) => appAt({ ...broken, ...endpoints })

function OptionsAsText() {
  return <p>{useUpload(unchecked('photos')).status}</p>
}

const pages: Readonly<Record<string, () => ReactElement | Promise<ReactElement>>> = {
  'no-provider': () => withImages({}),
  'no-endpoints': () => appAt(undefined),
  'empty-endpoints': () => appAt(''),
  'no-presign': () => appAt({ sign: () => {} }),
  'wrong-max-size': () => app({ maxSize: '5 megabytes' }),
  'wrong-accept': () => app({ accept: 'jpg,png' }),
  'wrong-max-files': () => app({ maxFiles: -1 }),
  'wrong-retry': () => app({ retry: unchecked(3) }),
  'options-as-text': () => (
    <UploadProvider endpoints={url}>
      <OptionsAsText />
    </UploadProvider>
  ),
  'two-copies': async () => {
    const other = (await import(/* @vite-ignore */ asked.get('copy') ?? '')) as {
      ImageUploader: typeof ImageUploader
    }
    return (
      <UploadProvider endpoints={url}>
        <other.ImageUploader label="Photos" />
      </UploadProvider>
    )
  },
  'stored-image-gone': () =>
    app({ layout: 'grid', defaultValue: unchecked([{ id: 1, name: 'beach.jpg', url: '/api/gone.jpg' }]) }),
  'stored-url-expired': () =>
    app({
      layout: 'grid',
      defaultValue: unchecked([
        { id: 1, name: 'beach.jpg', url: `${asked.get('target')}?X-Amz-Signature=secret` },
      ]),
    }),
  'wrong-type-chosen': () => app({ accept: 'image/png' }),
  'presign-throws': () =>
    own({
      presign: async (file) => {
        const { title } = file as unknown as { title: string }
        throw new TypeError(`${title.length} letters`)
      },
    }),
  'presign-hangs': () => own({ presign: () => new Promise(() => {}) }),
  'presign-returns-nothing': () => own({ presign: unchecked(async () => {}) }),
  'presign-returns-no-url': () => own({ presign: unchecked(async () => ({ kind: 'put', key: 'a' })) }),
  'confirm-throws': () =>
    own({
      confirm: async () => {
        throw new Error('photos is not defined')
      },
    }),
  'prepare-throws': () =>
    app({
      prepare: () => {
        throw new Error('canvas is too large')
      },
    }),
  'no-route-of-that-name': () => app({ route: unchecked('fotos') }),
}

if (mistake !== 'no-styles') await import('putaway/styles.css')
if (mistake === 'dark-page') document.body.style.background = '#0a0a0a'
const root = createRoot(document.getElementById('root') ?? document.body)
root.render(await (pages[mistake] ?? (() => app()))())
