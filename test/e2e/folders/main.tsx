import { createRoot } from 'react-dom/client'
import { FileUploader, UploadProvider } from 'putaway'
import 'putaway/styles.css'

createRoot(document.getElementById('root') ?? document.body).render(
  <UploadProvider endpoints="/api/uploads">
    <FileUploader route="archive" label="Archive" multiple directory />
  </UploadProvider>,
)
