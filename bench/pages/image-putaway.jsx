import { Dropzone, UploadProvider, useMultiUpload } from 'putaway'
import { image } from 'putaway/image'
import 'putaway/styles.css'
import { offerAlone } from './alone.js'
import { api, offer, show } from './page.jsx'

let photos
const prepare = image('photo')

function Page() {
  photos = useMultiUpload({ route: 'files', prepare })
  return <Dropzone uploader={photos} />
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

// It limits itself how many it decodes at the same time.
offerAlone((files, take) => {
  const { signal } = new AbortController()
  return Promise.all(files.map(async (file, index) => take(await prepare(file, { signal }), index)))
})
