import { useUploadFiles } from '@better-upload/client'
import { memo } from 'react'
import { api, ask, list, offer, show } from './page.jsx'

let control

const Row = memo(({ file }) => (
  <div data-row="">
    {file.name} <progress max={1} value={file.progress} />
  </div>
))

function Page() {
  control = useUploadFiles({ api: `${api}/better`, route: 'photos' })
  return list ? control.progresses.map((file) => <Row key={file.objectInfo.key} file={file} />) : null
}
show(<Page />)

offer(async (files) => {
  const { files: stored } = await control.uploadAsync(files)
  const receipts = stored.map(({ objectInfo: { key } }) => {
    const [id, token] = key.split(' ')
    return { id, token }
  })
  const { results } = await ask('/confirm-all', receipts)
  return results.filter(({ result }) => result !== undefined).length
})
