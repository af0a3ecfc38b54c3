import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { UploadProvider } from 'putaway'
import 'putaway/styles.css'
import { App } from './App.tsx'
import './page.css'

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no element with the id "root".')

// The API is on this machine: when it fails, three retries only delay the message.
const queryClient = new QueryClient({ defaultOptions: { queries: { retry: 1 } } })

createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <UploadProvider endpoints="/api/uploads">
        <App />
      </UploadProvider>
    </QueryClientProvider>
  </StrictMode>,
)
