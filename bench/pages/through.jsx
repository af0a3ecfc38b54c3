import { api, offer } from './page.jsx'

/** The old way: every file in a form to the app's own server, which stores it. */
offer(async (files) => {
  const answers = await Promise.allSettled(
    files.map(async (file) => {
      const body = new FormData()
      body.append('file', file)
      return (await fetch(`${api}/through`, { method: 'POST', body })).ok
    }),
  )
  return answers.filter(({ value }) => value).length
})
