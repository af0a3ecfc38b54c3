import { createRoot } from 'react-dom/client'
import { ImageUploader, UploadProvider } from 'putaway'
import 'putaway/styles.css'

const root = document.getElementById('root')
if (root) {
  createRoot(root).render(
    <UploadProvider endpoints="/api/uploads">
      <ImageUploader label="Photos" multiple />
    </UploadProvider>,
  )
}
