import type { UploadItem } from '../core/item.ts'
import { isPending, isUnfinished } from '../core/item.ts'
import { totalProgress } from '../core/progress.ts'
import type { Rejection } from '../core/rules.ts'
import type { UploadRuntime } from '../react/context.ts'
import { itemsNow, watchList } from '../react/watch.ts'
import type { UploadTarget } from './parts/scope.ts'
import { allOf } from './all-messages.ts'
import { errorText } from './texts.tsx'
import type { Texts } from './texts.tsx'

/** A live region. */
export interface Region {
  /** Sets the text to announce: empty to clear it, undefined while another region announces. */
  readonly say: (text: string | undefined) => void
  readonly texts: () => Texts
  /** Returns the region's element, also while it is silent. */
  readonly place: () => Element | null
}

/**
 * In ms: how long events are collected before an announcement, the minimum time between announcements, and how long
 * a text stays.
 */
const gather = 300
const pause = 2000
const stay = 8000

const speakers = new WeakMap<UploadRuntime, ReturnType<typeof createSpeaker>>()

const speakerOf = (runtime: UploadRuntime) => {
  const speaker = speakers.get(runtime) ?? createSpeaker(runtime)
  speakers.set(runtime, speaker)
  return speaker
}

/**
 * Announces the events of a list. One region announces for all lists of a provider: the first one, then the next
 * when it unmounts. Returns a cleanup function.
 */
export function announce(runtime: UploadRuntime, uploader: UploadTarget, region: Region): () => void {
  return speakerOf(runtime).join(uploader, region)
}

/** Announces another text, for example the new position of a moved row. */
export function tell(runtime: UploadRuntime, text: string) {
  speakerOf(runtime).add(text)
}

type Outcome = 'pending' | 'done' | 'failed' | 'canceled'

function createSpeaker({ shared: { host } }: UploadRuntime) {
  const regions = new Set<Region>()
  const lists = new Map<UploadTarget['store'], { regions: number; readonly stop: () => void }>()
  const outcomes = new Map<string, Outcome>()
  /** Uploads that were active at the same time, counted as one group: "2 of 3". */
  const together = new Set<string>()
  const news = new Map<string, Outcome>()
  let refused: Rejection[] = []
  let extra: string | undefined
  let quarter = 0
  let counted = -Infinity
  let speaking: ReturnType<typeof setTimeout> | undefined
  let clearing: ReturnType<typeof setTimeout> | undefined
  let spoken = -Infinity

  let voice: Region | undefined

  const items = () => [...lists.keys()].flatMap(itemsNow)

  /** Selects the region that announces. An empty live region must be in the page before its text changes. */
  function chooseVoice() {
    const all = [...regions]
    const heard = all.filter((region) => isHeard(region.place()))
    const next = voice && heard.includes(voice) ? voice : (heard[0] ?? all[0])
    if (next === voice) return
    voice?.say(undefined)
    voice = next
    voice?.say('')
  }

  function follow({ store }: UploadTarget): () => void {
    let { items: seen, rejections } = store.getState()
    for (const item of seen) note(item, false)
    return watchList(store, host, () => {
      const state = store.getState()
      state.items.forEach((item, index) => item === seen[index] || note(item, true))
      seen = state.items
      if (state.rejections !== rejections && state.rejections.length > 0) {
        refused.push(...state.rejections)
      }
      rejections = state.rejections
      if (news.size > 0 || refused.length > 0) soon()
      // Limited: it reads every item, and this callback runs every frame.
      else if (Date.now() >= counted + gather) {
        counted = Date.now()
        if (quarterNow() > quarter) soon()
      }
    })
  }

  function note(item: UploadItem, isNews: boolean) {
    const outcome = outcomeOf(item)
    if (outcomes.get(item.id) === outcome) return
    outcomes.set(item.id, outcome)
    if (isNews) news.set(item.id, outcome)
    if (outcome === 'pending') together.add(item.id)
    // The user canceled it and needs no announcement.
    if (outcome === 'canceled') together.delete(item.id)
  }

  const quarterNow = () => Math.floor(totalProgress(items().filter(({ id }) => together.has(id))) * 4)

  function soon(delay = gather) {
    chooseVoice()
    speaking ??= setTimeout(speak, Math.max(delay, spoken + pause - Date.now()))
  }

  function speak() {
    const region = voice
    speaking = undefined
    if (!region) {
      extra = undefined
      return
    }
    const all = items()
    // A text about a stopped form may already contain the news.
    const heard = sentences(all, region.texts()).filter((each) => !extra?.includes(each))
    const text = [...heard, extra].filter(Boolean).join(' ')
    news.clear()
    refused = []
    extra = undefined
    if (!all.some(isPending)) {
      together.clear()
      quarter = 0
      const left = new Set(all.map(({ id }) => id))
      for (const id of outcomes.keys()) if (!left.has(id)) outcomes.delete(id)
    }
    if (text === '') return
    spoken = Date.now()
    region.say(text)
    // Screen readers must not find old text when they browse the page later.
    clearTimeout(clearing)
    clearing = setTimeout(() => region === voice && region.say(''), stay)
  }

  function sentences(all: readonly UploadItem[], texts: Texts): string[] {
    const { messages, numbers } = allOf(texts)
    const words: string[] = []
    const those = (outcome: Outcome) => all.filter(({ id }) => news.get(id) === outcome)
    const [started, done, failed] = [those('pending'), those('done'), those('failed')]
    const busy = all.some(isPending)
    if (started[0]) words.push(messages.started(started.length, started[0].file.name, numbers))
    if (!busy && (done[0] || (failed[0] && together.size > failed.length))) {
      const of = all.filter(({ id }) => together.has(id))
      const arrived = of.filter(({ status }) => status === 'done')
      if (arrived[0]) words.push(messages.arrived(arrived.length, of.length, arrived[0].file.name, numbers))
    }
    const reached = quarterNow()
    if (busy && reached > quarter && !started[0]) words.push(messages.underway(numbers.percent(reached / 4)))
    quarter = reached
    if (failed[0]?.status === 'error') {
      const reason = errorText(failed[0].error, texts)
      words.push(messages.failed(failed.length, failed[0].file.name, reason, numbers))
    }
    if (refused[0]) {
      const { file, error } = refused[0]
      words.push(messages.rejected(refused.length, file.name, errorText(error, texts), numbers))
    }
    return words
  }

  return {
    add(text: string) {
      extra = text
      chooseVoice()
      // Announced soon: it is the response to a user's action.
      clearTimeout(speaking)
      speaking = setTimeout(speak, 100)
    },

    join(uploader: UploadTarget, region: Region): () => void {
      const list = lists.get(uploader.store) ?? { regions: 0, stop: follow(uploader) }
      list.regions += 1
      lists.set(uploader.store, list)
      regions.add(region)
      chooseVoice()
      return () => {
        list.regions -= 1
        if (list.regions === 0) {
          list.stop()
          lists.delete(uploader.store)
        }
        regions.delete(region)
        if (voice === region) voice = undefined
        chooseVoice()
        if (regions.size > 0) return
        clearTimeout(speaking)
        clearTimeout(clearing)
        speaking = undefined
      }
    },
  }
}

/** Whether screen readers announce a region: a modal dialog hides everything outside of it. */
function isHeard(place: Element | null): boolean {
  if (!place || place.closest('[inert], [aria-hidden="true"]')) return false
  const modals = [...place.ownerDocument.querySelectorAll(modal)].filter(
    (each) => !each.closest('[inert], [aria-hidden="true"]'),
  )
  // Modals without a region, such as the lightbox, are skipped.
  return modals.length === 0 || modals.some((each) => each.contains(place))
}

/** Open modal dialogs. Not every browser supports `:modal`. */
const modal = '[aria-modal="true"], dialog[open]:not([data-part="lightbox"])'

function outcomeOf(item: UploadItem): Outcome {
  if (isUnfinished(item)) return 'pending'
  if (item.status === 'error') return 'failed'
  return item.status === 'done' ? 'done' : 'canceled'
}
