import type { UploadItem } from '../core/item.ts'
import { isPending, isUnfinished } from '../core/item.ts'
import { totalProgress } from '../core/progress.ts'
import type { Rejection } from '../core/rules.ts'
import type { UploadRuntime } from '../react/context.ts'
import { currentItems, subscribeToList } from '../react/list-subscription.ts'
import type { Uploader } from '../core/uploader.ts'
import { withLazyMessages } from '../i18n/complete-texts.ts'
import { errorText } from '../i18n/texts.tsx'
import type { Texts } from '../i18n/texts.tsx'

/** An uploader whose events are announced. */
type ObservedUploader = Pick<Uploader, 'store'>

/** A live region. */
export interface AnnouncerRegion {
  /** Sets the text to announce: empty to clear it, undefined while another region announces. */
  readonly say: (text: string | undefined) => void
  readonly texts: () => Texts
  /** Returns the region's element, also while it is silent. */
  readonly element: () => Element | null
}

/**
 * Times in milliseconds: to collect events before an announcement, between two announcements (minimum), and until a
 * text is removed.
 */
const collectMs = 300
const pauseMs = 2000
const visibleMs = 8000

const announcers = new WeakMap<UploadRuntime, ReturnType<typeof createAnnouncer>>()

const announcerOf = (runtime: UploadRuntime) => {
  const announcer = announcers.get(runtime) ?? createAnnouncer(runtime)
  announcers.set(runtime, announcer)
  return announcer
}

/**
 * Announces the events of a list. One region of a provider announces for all of its lists: the first one, or another
 * one after it was hidden or unmounted. Returns a cleanup function.
 */
export function registerLiveRegion(
  runtime: UploadRuntime,
  uploader: ObservedUploader,
  region: AnnouncerRegion,
): () => void {
  return announcerOf(runtime).join(uploader, region)
}

/** Announces any text, for example the new position of a moved row. */
export function announceText(runtime: UploadRuntime, text: string) {
  announcerOf(runtime).announceText(text)
}

type Outcome = 'pending' | 'done' | 'failed' | 'canceled'

function createAnnouncer({ sharedPorts: { host } }: UploadRuntime) {
  const regions = new Set<AnnouncerRegion>()
  const lists = new Map<ObservedUploader['store'], { regions: number; readonly stop: () => void }>()
  const outcomes = new Map<string, Outcome>()
  /** Uploads that were active at the same time, counted as one group: "2 of 3". */
  const groupIds = new Set<string>()
  const changedOutcomes = new Map<string, Outcome>()
  let refusedFiles: Rejection[] = []
  let extraText: string | undefined
  let announcedQuarter = 0
  let countedAt = -Infinity
  let speakTimer: ReturnType<typeof setTimeout> | undefined
  let clearTimer: ReturnType<typeof setTimeout> | undefined
  let spokenAt = -Infinity

  let activeRegion: AnnouncerRegion | undefined

  const items = () => [...lists.keys()].flatMap(currentItems)

  /** Selects the region that announces. An empty live region must be in the page before its text changes. */
  function chooseRegion() {
    const all = [...regions]
    const audibleRegions = all.filter((region) => isAudible(region.element()))
    const next =
      activeRegion && audibleRegions.includes(activeRegion) ? activeRegion : (audibleRegions[0] ?? all[0])
    if (next === activeRegion) return
    activeRegion?.say(undefined)
    activeRegion = next
    activeRegion?.say('')
  }

  function followList({ store }: ObservedUploader): () => void {
    let { items: previousItems, rejections } = store.getState()
    for (const item of previousItems) recordOutcome(item, false)
    return subscribeToList(store, host, () => {
      const state = store.getState()
      state.items.forEach((item, index) => item === previousItems[index] || recordOutcome(item, true))
      previousItems = state.items
      // A file may be refused after the others.
      refusedFiles.push(...state.rejections.filter((each) => !rejections.includes(each)))
      rejections = state.rejections
      if (changedOutcomes.size > 0 || refusedFiles.length > 0) scheduleSpeech()
      // Computes progress every 300 ms and not every frame, because this reads every item.
      else if (Date.now() >= countedAt + collectMs) {
        countedAt = Date.now()
        if (currentQuarter() > announcedQuarter) scheduleSpeech()
      }
    })
  }

  function recordOutcome(item: UploadItem, isNews: boolean) {
    const outcome = outcomeOf(item)
    if (outcomes.get(item.id) === outcome) return
    outcomes.set(item.id, outcome)
    if (isNews) changedOutcomes.set(item.id, outcome)
    if (outcome === 'pending') groupIds.add(item.id)
    // The user canceled it and needs no announcement.
    if (outcome === 'canceled') groupIds.delete(item.id)
  }

  const currentQuarter = () => Math.floor(totalProgress(items().filter(({ id }) => groupIds.has(id))) * 4)

  function scheduleSpeech(delay = collectMs) {
    chooseRegion()
    speakTimer ??= setTimeout(speak, Math.max(delay, spokenAt + pauseMs - Date.now()))
  }

  function speak() {
    const region = activeRegion
    speakTimer = undefined
    if (!region) {
      extraText = undefined
      return
    }
    const all = items()
    // The text about a stopped form may already contain these sentences.
    const newSentences = composeSentences(all, region.texts()).filter((each) => !extraText?.includes(each))
    const text = [...newSentences, extraText].filter(Boolean).join(' ')
    changedOutcomes.clear()
    refusedFiles = []
    extraText = undefined
    if (!all.some(isPending)) {
      groupIds.clear()
      announcedQuarter = 0
      const remainingIds = new Set(all.map(({ id }) => id))
      for (const id of outcomes.keys()) if (!remainingIds.has(id)) outcomes.delete(id)
    }
    if (text === '') return
    spokenAt = Date.now()
    region.say(text)
    // Screen readers must not find old text when they browse the page later.
    clearTimeout(clearTimer)
    clearTimer = setTimeout(() => region === activeRegion && region.say(''), visibleMs)
  }

  function composeSentences(all: readonly UploadItem[], texts: Texts): string[] {
    const { messages, formatters } = withLazyMessages(texts)
    const parts: string[] = []
    const itemsWith = (outcome: Outcome) => all.filter(({ id }) => changedOutcomes.get(id) === outcome)
    const [started, done, failed] = [itemsWith('pending'), itemsWith('done'), itemsWith('failed')]
    const isBusy = all.some(isPending)
    if (started[0]) parts.push(messages.started(started.length, started[0].file.name, formatters))
    if (!isBusy && (done[0] || (failed[0] && groupIds.size > failed.length))) {
      const group = all.filter(({ id }) => groupIds.has(id))
      const finished = group.filter(({ status }) => status === 'done')
      if (finished[0])
        parts.push(messages.finished(finished.length, group.length, finished[0].file.name, formatters))
    }
    const newQuarter = currentQuarter()
    if (isBusy && newQuarter > announcedQuarter && !started[0])
      parts.push(messages.underway(formatters.percent(newQuarter / 4)))
    announcedQuarter = newQuarter
    if (failed[0]?.status === 'error') {
      const reason = errorText(failed[0].error, texts)
      parts.push(messages.failed(failed.length, failed[0].file.name, reason, formatters))
    }
    if (refusedFiles[0]) {
      const { file, error } = refusedFiles[0]
      parts.push(messages.rejected(refusedFiles.length, file.name, errorText(error, texts), formatters))
    }
    return parts
  }

  return {
    announceText(text: string) {
      extraText = text
      chooseRegion()
      // Does not wait for the pause, because the text responds to a user's action.
      clearTimeout(speakTimer)
      speakTimer = setTimeout(speak, 100)
    },

    join(uploader: ObservedUploader, region: AnnouncerRegion): () => void {
      const list = lists.get(uploader.store) ?? { regions: 0, stop: followList(uploader) }
      list.regions += 1
      lists.set(uploader.store, list)
      regions.add(region)
      chooseRegion()
      return () => {
        list.regions -= 1
        if (list.regions === 0) {
          list.stop()
          lists.delete(uploader.store)
        }
        regions.delete(region)
        if (activeRegion === region) activeRegion = undefined
        chooseRegion()
        if (regions.size > 0) return
        clearTimeout(speakTimer)
        clearTimeout(clearTimer)
        speakTimer = undefined
      }
    },
  }
}

/** Whether screen readers announce a region: a modal dialog hides everything outside of it. */
function isAudible(element: Element | null): boolean {
  if (!element || element.closest('[inert], [aria-hidden="true"]')) return false
  const modals = [...element.ownerDocument.querySelectorAll(modalSelector)].filter(
    (each) => !each.closest('[inert], [aria-hidden="true"]'),
  )
  // Modals without a region, such as the lightbox, are skipped.
  return modals.length === 0 || modals.some((each) => each.contains(element))
}

/** Open modal dialogs. Not every browser supports `:modal`. */
const modalSelector = '[aria-modal="true"], dialog[open]:not([data-part="lightbox"])'

function outcomeOf(item: UploadItem): Outcome {
  if (isUnfinished(item)) return 'pending'
  if (item.status === 'error') return 'failed'
  return item.status === 'done' ? 'done' : 'canceled'
}
