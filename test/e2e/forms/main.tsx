import { StrictMode } from 'react'
import { hydrateRoot } from 'react-dom/client'
import 'putaway/styles.css'
import { Page } from './page.tsx'
import type { StoredImages } from './page.tsx'

const root = document.getElementById('root')
if (root) {
  hydrateRoot(
    root,
    <StrictMode>
      <Page {...(JSON.parse(root.dataset.stored ?? '{}') as StoredImages)} />
    </StrictMode>,
  )
  root.dataset.hydrated = ''
}
