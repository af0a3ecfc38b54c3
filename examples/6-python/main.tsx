import { Dropzone, UploadList, useMultiUpload } from 'putaway'
import { mount } from '../shared/client/mount.tsx'

/** Large files, which are sent in parts. */
function Videos() {
  const videos = useMultiUpload({ route: 'videos', accept: ['video/mp4', 'video/quicktime'] })
  const results = videos.items.flatMap((item) =>
    item.status === 'done' ? [JSON.stringify(item.result)] : [],
  )
  return (
    <main>
      <Dropzone uploader={videos}>Choose videos</Dropzone>
      <UploadList uploader={videos} />
      <output>{results.join('\n')}</output>
    </main>
  )
}

mount('/api/uploads', location.search === '?videos' ? <Videos /> : undefined)
