import { api, offer } from './page.jsx'

/** Upload through the server: sends every file in a form to the app's server, which stores it. */
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
