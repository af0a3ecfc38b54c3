import {
  Uploady,
  useBatchAddListener,
  useItemFinalizeListener,
  useItemFinishListener,
  useItemProgressListener,
  useRequestPreSend,
  useUploady,
} from '@rpldy/uploady'
import { memo, useState } from 'react'
import { confirm, list, offer, presign, show } from './page.jsx'

const tickets = new Map()
const confirms = []
let [uploady, left, finish] = [undefined, 0, undefined]

const Row = memo(({ id, name }) => {
  const { completed } = useItemProgressListener(id) ?? { completed: 0 }
  return (
    <div data-row="">
      {name} <progress max={100} value={completed} />
    </div>
  )
})

function List() {
  const [items, setItems] = useState([])
  useBatchAddListener(({ items: added }) => setItems((before) => [...before, ...added]))
  return items.map(({ id, file }) => <Row key={id} id={id} name={file.name} />)
}

function Page() {
  uploady = useUploady()
  useRequestPreSend(async ({ items: [item] }) => {
    const ticket = await presign(item.file)
    tickets.set(item.id, ticket)
    return { options: { destination: { url: ticket.url, headers: ticket.headers } } }
  })
  useItemFinishListener(({ id }) => void confirms.push(confirm(tickets.get(id))))
  useItemFinalizeListener(() => {
    left -= 1
    if (left === 0) finish()
  })
  return list ? <List /> : null
}

show(
  <Uploady concurrent maxConcurrent={6} method="PUT" sendWithFormData={false}>
    <Page />
  </Uploady>,
)

offer(async (files) => {
  left = files.length
  const finalized = new Promise((resolve) => (finish = resolve))
  uploady.upload(files)
  await finalized
  return (await Promise.all(confirms)).filter(Boolean).length
})
