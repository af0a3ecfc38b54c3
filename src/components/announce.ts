import type { UploadItem } from '../core/item.ts'
import { isPending } from '../core/item.ts'
import type { Uploader, UploaderState } from '../core/uploader.ts'
import { messages } from './messages.ts'

type Store = Uploader['store']
type Say = (text: string) => void

/** Several regions may show the same list; only the first of them speaks. */
const speakers = new WeakMap<Store, { readonly says: Set<Say>; readonly stop: () => void }>()

/** How long events are gathered before a word, how long between words, and how long a word stays; in milliseconds. */
const gather = 300
const pause = 2000
const stay = 8000

/** Tells in words what happens in a list, through the first region that asked. Returns what ends it. */
export function announce(store: Store, say: Say): () => void {
  const known = speakers.get(store)
  const says = known?.says ?? new Set<Say>()
  says.add(say)
  if (!known) speakers.set(store, { says, stop: follow(store, (text) => [...says][0]?.(text)) })
  return () => {
    says.delete(say)
    if (says.size > 0) return
    speakers.get(store)?.stop()
    speakers.delete(store)
  }
}

type Outcome = 'pending' | 'done' | 'failed' | 'canceled'

function follow(store: Store, say: Say): () => void {
  const first = store.getState()
  const outcomes = new Map(first.items.map((item) => [item.id, outcomeOf(item)]))
  /** What was on its way at the same time is counted together: "2 of 3". */
  const together = new Set(first.items.filter(isPending).map(({ id }) => id))
  const news = new Map<string, Outcome>()
  let { rejections } = first
  let refused: UploaderState<unknown>['rejections'] = []
  let speaking: ReturnType<typeof setTimeout> | undefined
  let clearing: ReturnType<typeof setTimeout> | undefined
  let spoken = -Infinity

  const stop = store.subscribe((state) => {
    for (const item of state.items) {
      const outcome = outcomeOf(item)
      if (outcomes.get(item.id) === outcome) continue
      outcomes.set(item.id, outcome)
      news.set(item.id, outcome)
      if (outcome === 'pending') together.add(item.id)
      // Whoever canceled knows.
      if (outcome === 'canceled') together.delete(item.id)
    }
    if (state.rejections !== rejections) refused = rejections = state.rejections
    if (news.size > 0 || refused.length > 0) {
      speaking ??= setTimeout(speak, Math.max(gather, spoken + pause - Date.now()))
    }
  })

  function speak() {
    const { items } = store.getState()
    const text = sentences(items, together, news, refused).join(' ')
    speaking = undefined
    news.clear()
    refused = []
    if (!items.some(isPending)) together.clear()
    if (text === '') return
    spoken = Date.now()
    say(text)
    // Old news is not to be found by those who come to read the page later.
    clearTimeout(clearing)
    clearing = setTimeout(() => say(''), stay)
  }

  return () => {
    stop()
    clearTimeout(speaking)
    clearTimeout(clearing)
  }
}

function sentences(
  items: readonly UploadItem[],
  together: ReadonlySet<string>,
  news: ReadonlyMap<string, Outcome>,
  refused: UploaderState<unknown>['rejections'],
): string[] {
  const words: string[] = []
  const those = (outcome: Outcome) => items.filter(({ id }) => news.get(id) === outcome)
  const [started, done, failed] = [those('pending'), those('done'), those('failed')]
  if (started[0]) words.push(messages.started(started.length, started[0].file.name))
  if (done[0]) {
    const of = items.filter(({ id }) => together.has(id))
    words.push(
      messages.arrived(of.filter(({ status }) => status === 'done').length, of.length, done[0].file.name),
    )
  }
  if (failed[0]?.status === 'error') {
    words.push(messages.failed(failed.length, failed[0].file.name, failed[0].error.text))
  }
  if (refused[0]) words.push(messages.rejected(refused.length, refused[0].file.name, refused[0].error.text))
  return words
}

function outcomeOf(item: UploadItem): Outcome {
  if (isPending(item)) return 'pending'
  if (item.status === 'error') return 'failed'
  return item.status === 'done' ? 'done' : 'canceled'
}
