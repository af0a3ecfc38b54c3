import type { ReactNode } from 'react'
import 'putaway/styles.css'
import '../../shared/client/page.css'

export const metadata = { title: 'putaway: Next.js' }

export default function Layout({ children }: { readonly children: ReactNode }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  )
}
