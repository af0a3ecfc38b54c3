import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { UploadProvider } from 'putaway'
import type { UploadEndpoints } from 'putaway'
import 'putaway/styles.css'
import { Chat, removeImage } from './Chat.tsx'
import type { Photo } from './Chat.tsx'
import './page.css'

/** What differs from backend to backend: two functions, and a third where it wants to hear of failures. */
export type Contract = Required<Pick<UploadEndpoints<Photo>, 'presign' | 'confirm'>> &
  Pick<UploadEndpoints<Photo>, 'failed'>

/** The whole client, the same for every contract. */
export function mount(contract: Contract) {
  const endpoints: UploadEndpoints<Photo> = { ...contract, discard: removeImage }
  const root = document.getElementById('root')
  if (!root) throw new Error('index.html has no element with the id "root".')
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={new QueryClient()}>
        <UploadProvider endpoints={endpoints}>
          <Chat />
        </UploadProvider>
      </QueryClientProvider>
    </StrictMode>,
  )
}
