import { confirm, offer, presign } from './page.jsx'

/** The code of blog posts: presign, PUT and confirm for every file, all at the same time. */
offer(async (files) => {
  const answers = await Promise.allSettled(
    files.map(async (file) => {
      const ticket = await presign(file)
      const stored = await fetch(ticket.url, { method: 'PUT', headers: ticket.headers, body: file })
      if (!stored.ok) throw new Error(`storage answered ${stored.status}`)
      return confirm(ticket)
    }),
  )
  return answers.filter(({ value }) => value).length
})
