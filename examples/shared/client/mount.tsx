import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { UploadProvider } from 'putaway'
import type { UploadEndpoints } from 'putaway'
import 'putaway/styles.css'
import { Chat, removeImage } from './Chat.tsx'
import type { Photo } from './Chat.tsx'
import './page.css'

/** The functions that differ per backend: two, and a third for backends that want to be notified of failures. */
export type Contract = Required<Pick<UploadEndpoints<Photo>, 'presign' | 'confirm'>> &
  Pick<UploadEndpoints<Photo>, 'failed'>

/** Renders the client, which is the same for every contract. A backend that speaks the protocol needs only its URL. */
export function mount(contract: Contract | string, app = <Chat />) {
  const endpoints = typeof contract === 'string' ? contract : { ...contract, discard: removeImage }
  const root = document.getElementById('root')
  if (!root) throw new Error('index.html has no element with the id "root".')
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={new QueryClient()}>
        <UploadProvider endpoints={endpoints}>{app}</UploadProvider>
      </QueryClientProvider>
    </StrictMode>,
  )
}
