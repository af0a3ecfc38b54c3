import { Dropzone, UploadList, UploadProvider, useMultiUpload } from 'putaway'
import 'putaway/styles.css'
import { api, list, offer, show } from './page.jsx'

let photos

function Page() {
  photos = useMultiUpload({ route: 'files' })
  return (
    <>
      <Dropzone uploader={photos} />
      {list && <UploadList uploader={photos} />}
    </>
  )
}

show(
  <UploadProvider endpoints={`${api}/uploads`}>
    <Page />
  </UploadProvider>,
)

offer(async (files) => {
  photos.add(files)
  const items = await photos.settled()
  return items.filter(({ status }) => status === 'done').length
})
