import { StrictMode } from 'react'
import { hydrateRoot } from 'react-dom/client'
import 'putaway/styles.css'
import { Album } from './album.tsx'
import { Page } from './page.tsx'
import type { StoredImages } from './page.tsx'

const root = document.getElementById('root')
if (root) {
  hydrateRoot(
    root,
    <StrictMode>
      {location.pathname === '/album' ? (
        <Album />
      ) : (
        <Page {...(JSON.parse(root.dataset.stored ?? '{}') as StoredImages)} />
      )}
    </StrictMode>,
  )
  root.dataset.hydrated = ''
}
