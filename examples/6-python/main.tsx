import { Dropzone, UploadList, useMultiUpload } from 'putaway'
import { mount } from '../shared/client/mount.tsx'

/** Large files, which are sent in parts. */
function Videos() {
  const videos = useMultiUpload({ route: 'videos', accept: ['video/mp4', 'video/quicktime'] })
  return (
    <main>
      <Dropzone uploader={videos}>Choose videos</Dropzone>
      <UploadList uploader={videos} />
      <output>{videos.items.map((item) => JSON.stringify(item.result)).join('\n')}</output>
    </main>
  )
}

mount('/api/uploads', location.search === '?videos' ? <Videos /> : undefined)
