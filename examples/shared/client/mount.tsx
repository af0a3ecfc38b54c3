import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { UploadProvider } from 'putaway'
import type { FileInfo, Ticket, UploadEndpoints, UploadError, UploaderOptions } from 'putaway'
import 'putaway/styles.css'
import { Chat, removeImage } from './Chat.tsx'
import type { Photo } from './Chat.tsx'
import './page.css'

/** What differs from backend to backend: two functions, and a third where it wants to hear of failures. */
export interface Contract extends Required<Pick<UploadEndpoints<Photo>, 'presign' | 'confirm'>> {
  failed?(file: FileInfo, ticket: Ticket | undefined, error: UploadError): Promise<void>
}

/** The whole client, the same for every contract. */
export function mount(contract: Contract) {
  const tickets = new Map<string, Ticket>()
  const endpoints: UploadEndpoints<Photo> = {
    async presign(file, context) {
      const ticket = await contract.presign(file, context)
      tickets.set(file.id, ticket)
      return ticket
    },
    confirm: contract.confirm,
    discard: removeImage,
  }
  const defaults: UploaderOptions<unknown> = {
    onError: (error, { id, file: { name, size, type } }) => {
      void contract.failed?.({ id, name, size, type }, tickets.get(id), error)
    },
  }
  const root = document.getElementById('root')
  if (!root) throw new Error('index.html has no element with the id "root".')
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={new QueryClient()}>
        <UploadProvider endpoints={endpoints} defaults={defaults}>
          <Chat />
        </UploadProvider>
      </QueryClientProvider>
    </StrictMode>,
  )
}
