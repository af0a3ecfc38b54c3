import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { UploadProvider } from 'putaway'
import 'putaway/styles.css'
import { App } from './App.tsx'
import './page.css'

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no element with the id "root".')

createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={new QueryClient()}>
      <UploadProvider endpoints="/api/uploads">
        <App />
      </UploadProvider>
    </QueryClientProvider>
  </StrictMode>,
)
