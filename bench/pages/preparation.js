import { offerAlone } from './alone.js'
import { offer } from './page.jsx'
import { openSender } from './sender.js'

const together = new URLSearchParams(location.search).has('together')

/** A contestant that prepares photos by `prepare` and sends each one as soon as it is ready, in the way of the yardstick. */
export function offerPreparation(prepare) {
  const prepareAll = async (files, take) => {
    const one = async (file, index) => take(await prepare(file), index)
    if (together) return Promise.all(files.map(one))
    for (const [index, file] of files.entries()) await one(file, index)
  }
  offer(async (files) => {
    const sender = await openSender(files[0])
    await prepareAll(files, (file) => sender.add(file))
    return sender.finish()
  })
  offerAlone(prepareAll)
}
