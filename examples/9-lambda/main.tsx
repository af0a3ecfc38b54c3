import { createRoot } from 'react-dom/client'
import { ImageUploader, UploadProvider } from 'putaway'
import 'putaway/styles.css'

const root = document.getElementById('root')
if (!root) throw new Error('The page has no #root.')
createRoot(root).render(
  <UploadProvider endpoints="/api/uploads">
    <ImageUploader name="photos" label="Photos" multiple />
  </UploadProvider>,
)
