import { memo, useSyncExternalStore } from 'react'
import AwsS3 from '@uppy/aws-s3'
import Uppy from '@uppy/core'
import { ask, confirm, list, offer, show } from './page.jsx'

const tokens = new Map()
const uppy = new Uppy().use(AwsS3, {
  generateObjectKey: ({ id }) => id,
  async signRequest(request) {
    const file = uppy.getFile(request.key)
    const { id, name, size, type } = file ?? {}
    const signed = await ask('/sign', { request, file: { id, name, size, type } })
    if (signed.token) tokens.set(id, signed.token)
    return signed
  },
})
const confirms = []
uppy.on('upload-success', ({ id }) => confirms.push(confirm({ id, token: tokens.get(id) })))

const Row = memo(({ file }) => (
  <div data-row="">
    {file.name} <progress max={100} value={file.progress.percentage ?? 0} />
  </div>
))

// Like useUppyState of @uppy/react.
const subscribe = (changed) => uppy.store.subscribe(changed)
function List() {
  const files = useSyncExternalStore(subscribe, () => uppy.getState().files)
  return Object.values(files).map((file) => <Row key={file.id} file={file} />)
}
if (list) show(<List />)

offer(async (files) => {
  uppy.addFiles(files.map((data) => ({ name: data.name, type: data.type, data, source: 'bench' })))
  await uppy.upload()
  return (await Promise.all(confirms)).filter(Boolean).length
})
