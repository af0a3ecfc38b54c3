import { ask, query } from './page.jsx'

/** Calls the backend, and repeats a call that fails. */
async function call(body) {
  for (let attempt = 1; attempt < 8; attempt++) {
    const answer = await ask('/uploads', body).catch(() => {})
    if (answer) return answer
  }
  return ask('/uploads', body)
}

/**
 * The highest speed of this browser: only necessary requests. No library, list, progress or checksum; one policy for all
 * files, one POST per file, repeated immediately if it fails, and one confirm for fifty files.
 */
const known = call({ type: 'policies', route: 'files' })
// Opens two connections in advance, as putaway does.
void known.then(({ hello }) => {
  const request = { method: 'HEAD', mode: 'no-cors', credentials: 'omit', cache: 'no-store' }
  for (const url of hello ? [hello, hello] : []) void fetch(url, request)
})
const infoOf = ({ name, size, type }) => ({ id: crypto.randomUUID(), name, size, type, route: 'files' })

async function policyFor(file) {
  const { policies } = await known
  const found = policies.find(({ type }) => type === file.type)
  return found ?? (await call({ type: 'presign', files: [infoOf(file)] })).policies[0]
}

async function send({ fields, prefix }, url, file, { id }) {
  // The browser reads the file while it sends it: bytes in memory cost more CPU time.
  const body = new FormData()
  for (const [name, value] of Object.entries({ ...fields, key: prefix + id })) body.append(name, value)
  body.append('file', file)
  for (let attempt = 1; attempt <= 8; attempt++) {
    const answer = await fetch(url, { method: 'POST', body, credentials: 'omit' }).catch(() => {})
    if (answer?.ok) return
  }
  throw new Error('Storage does not take it.')
}

function receiptOf({ token }, info) {
  const text = btoa(JSON.stringify(info)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
  return { id: info.id, token: `${token}.${text}` }
}

/** Sends files of the type of `first` from the moment they are added. `finish` resolves with the number of confirmed ones. */
export async function openSender(first) {
  const policy = await policyFor(first)
  const { url, origins = [], connections } = policy
  const all = [url, ...origins.map((origin) => url.replace(/^https:\/\/[^/]+/, origin))]
  const most = Number(query.get('connections') ?? connections ?? 6 * all.length)
  const urls = all.slice(0, Math.ceil(most / 6))
  const waiting = []
  const lanes = []
  const receipts = []
  const confirms = []
  const confirm = () => confirms.push(call({ type: 'confirm', receipts: receipts.splice(0) }))
  let [next, running, early] = [0, 0, 0]
  /** Asks the backend to wait for the object while its bytes are sent. Returns whether it was asked. */
  function confirmEarly(receipt) {
    if (!query.has('ahead') || early === 2) return false
    early += 1
    const answer = call({ type: 'confirm', receipts: [receipt], early: true })
    confirms.push(answer.finally(() => (early -= 1)))
    return true
  }
  async function lane() {
    running += 1
    while (waiting.length > 0) {
      const file = waiting.shift()
      const info = infoOf(file)
      const receipt = receiptOf(policy, info)
      const isConfirmed = confirmEarly(receipt)
      await send(policy, urls[next++ % urls.length], file, info)
      if (!isConfirmed) receipts.push(receipt)
      if (receipts.length === 50) confirm()
    }
    running -= 1
  }
  return {
    add(file) {
      waiting.push(file)
      if (running < most) lanes.push(lane())
    },
    async finish() {
      await Promise.all(lanes)
      if (receipts.length > 0) confirm()
      const answers = await Promise.all(confirms)
      return answers.flatMap(({ results }) => results).filter(({ result }) => result !== undefined).length
    },
  }
}
