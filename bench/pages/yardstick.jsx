import { offer } from './page.jsx'
import { openSender } from './sender.js'

offer(async (files) => {
  const sender = await openSender(files[0])
  for (const file of files) sender.add(file)
  return sender.finish()
})
