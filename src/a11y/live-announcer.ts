import { ancestorsOf, isExposed, isMarkedHidden, openModalsOf } from './open-modals.ts'
import type { UploadItem } from '../core/item.ts'
import { isHeld, isPending, isUnfinished } from '../core/item.ts'
import { progressOfItems } from '../core/progress.ts'
import type { Rejection } from '../core/rules.ts'
import type { UploadRuntime } from '../react/context.ts'
import { currentItems, subscribeToList } from '../react/list-subscription.ts'
import type { Uploader } from '../core/uploader-types.ts'
import { withLazyMessages } from '../i18n/complete-texts.ts'
import { errorText } from '../i18n/texts.tsx'
import type { Texts } from '../i18n/texts.tsx'

/** An uploader whose events are announced. */
type ObservedUploader = Pick<Uploader, 'store'>

/** A live region. */
export interface AnnouncerRegion {
  /** Sets the announced text. An empty text clears the region. Undefined means that another region announces. */
  readonly setText: (text: string | undefined) => void
  readonly texts: () => Texts
  /** Returns the region's element, even if another region announces. */
  readonly element: () => Element | null
}

/** Time for which events are collected before an announcement. */
const collectMs = 300
/** Minimum time between two announcements. */
const pauseMs = 2000
/** Time for which a text stays in the region. */
const visibleMs = 8000

const announcers = new WeakMap<UploadRuntime, ReturnType<typeof createAnnouncer>>()

const announcerOf = (runtime: UploadRuntime) => {
  const announcer = announcers.get(runtime) ?? createAnnouncer(runtime)
  announcers.set(runtime, announcer)
  return announcer
}

/**
 * Adds a live region for the events of a list. One region of a provider announces the events of all its lists. If
 * that region is hidden or unmounted, another one takes over. Returns a cleanup function.
 */
export function registerLiveRegion(
  runtime: UploadRuntime,
  uploader: ObservedUploader,
  region: AnnouncerRegion,
): () => void {
  return announcerOf(runtime).addRegion(uploader, region)
}

/** Announces any text, for example the new position of a moved row. */
export function announceText(runtime: UploadRuntime, text: string) {
  announcerOf(runtime).announceText(text)
}

/** `held`: the file is in the list and waits for `start` or `resume`. */
type UploadOutcome = 'held' | 'pending' | 'checking' | 'done' | 'failed' | 'canceled'

function createAnnouncer({ sharedPorts: { host } }: UploadRuntime) {
  const regions = new Set<AnnouncerRegion>()
  const listsByStore = new Map<
    ObservedUploader['store'],
    { regionCount: number; readonly stop: () => void }
  >()
  const outcomes = new Map<string, UploadOutcome>()
  /** Ids of the uploads that an announcement counts together, as in "2 of 3". They were active at the same time. */
  const groupIds = new Set<string>()
  const changedOutcomes = new Map<string, UploadOutcome>()
  let refusedFiles: Rejection[] = []
  let requestedText: string | undefined
  let announcedQuarter = 0
  let progressCheckedAt = -Infinity
  let speakTimer: ReturnType<typeof setTimeout> | undefined
  let clearTimer: ReturnType<typeof setTimeout> | undefined
  let lastSpokenAt = -Infinity
  /** Time of the first event of the next announcement. */
  let collectedSince: number | undefined

  let activeRegion: AnnouncerRegion | undefined

  const readItems = () => [...listsByStore.keys()].flatMap(currentItems)

  /**
   * Selects the region that announces, and clears it. Screen readers announce a text only if the empty region was in the
   * page before.
   */
  function chooseRegion() {
    const allRegions = [...regions]
    const audibleRegions = allRegions.filter((region) => isAudible(region.element()))
    const nextRegion =
      activeRegion && audibleRegions.includes(activeRegion)
        ? activeRegion
        : (audibleRegions[0] ?? allRegions[0])
    if (nextRegion === activeRegion) return
    activeRegion?.setText(undefined)
    activeRegion = nextRegion
    activeRegion?.setText('')
  }

  function followList({ store }: ObservedUploader): () => void {
    let { items: previousItems, rejections } = store.getState()
    for (const item of previousItems) recordOutcome(item, false)
    return subscribeToList(store, host, () => {
      const state = store.getState()
      if (state.items.length > previousItems.length) extendCollection()
      state.items.forEach((item, index) => item === previousItems[index] || recordOutcome(item, true))
      previousItems = state.items
      // Adds only new rejections: an asynchronous `validate` may refuse files one after the other.
      refusedFiles.push(...state.rejections.filter((each) => !rejections.includes(each)))
      rejections = state.rejections
      if (changedOutcomes.size > 0 || refusedFiles.length > 0) scheduleSpeech()
      // Computes progress every 300 ms and not every frame, because this reads every item.
      else if (Date.now() >= progressCheckedAt + collectMs) {
        progressCheckedAt = Date.now()
        if (currentQuarter() > announcedQuarter) scheduleSpeech()
      }
    })
  }

  function recordOutcome(item: UploadItem, isNewOutcome: boolean) {
    const outcome = outcomeOf(item)
    const previousOutcome = outcomes.get(item.id)
    if (previousOutcome === outcome) return
    outcomes.set(item.id, outcome)
    // An upload that the user paused needs no announcement.
    if (outcome === 'held' && previousOutcome) changedOutcomes.delete(item.id)
    else if (isNewOutcome) changedOutcomes.set(item.id, outcome)
    if (outcome === 'pending' || outcome === 'checking') groupIds.add(item.id)
    // A canceled upload needs no announcement, because the user canceled it.
    if (outcome === 'canceled') groupIds.delete(item.id)
  }

  /**
   * Returns at most 3. The last quarter is not announced as progress: the files are announced when they are done, which is
   * after confirm.
   */
  const currentQuarter = () =>
    Math.min(3, Math.floor(progressOfItems(readItems().filter(({ id }) => groupIds.has(id))) * 4))

  function scheduleSpeech() {
    chooseRegion()
    collectedSince ??= Date.now()
    speakTimer ??= setTimeout(speak, Math.max(collectMs, lastSpokenAt + pauseMs - Date.now()))
  }

  /** Delays an announcement while files are added in slices, so that it counts all of them. */
  function extendCollection() {
    if (collectedSince === undefined || Date.now() > collectedSince + pauseMs) return
    clearTimeout(speakTimer)
    speakTimer = undefined
    scheduleSpeech()
  }

  function speak() {
    const region = activeRegion
    speakTimer = undefined
    collectedSince = undefined
    if (!region) {
      requestedText = undefined
      return
    }
    const allItems = readItems()
    // Drops the sentences that `requestedText` already contains, for example the text about a stopped form.
    const isAnyPrepared = allItems.some(isPastPreparation)
    const newSentences = composeSentences(allItems, region.texts(), isAnyPrepared).filter(
      (sentence) => !requestedText?.includes(sentence),
    )
    const text = [...newSentences, requestedText].filter(Boolean).join(' ')
    for (const [id, outcome] of changedOutcomes)
      if (outcome !== 'pending' || isAnyPrepared) changedOutcomes.delete(id)
    refusedFiles = []
    requestedText = undefined
    if (!allItems.some(isPending)) {
      groupIds.clear()
      announcedQuarter = 0
      const remainingIds = new Set(allItems.map(({ id }) => id))
      for (const id of outcomes.keys()) if (!remainingIds.has(id)) outcomes.delete(id)
    }
    if (text === '') return
    lastSpokenAt = Date.now()
    region.setText(text)
    // Clears the region later, so that screen readers find no old text when they browse the page.
    clearTimeout(clearTimer)
    clearTimer = setTimeout(() => region === activeRegion && region.setText(''), visibleMs)
  }

  function composeSentences(allItems: readonly UploadItem[], texts: Texts, isAnyPrepared: boolean): string[] {
    const { messages, formatters } = withLazyMessages(texts)
    const sentences: string[] = []
    const itemsWith = (outcome: UploadOutcome) =>
      allItems.filter(({ id }) => changedOutcomes.get(id) === outcome)
    const [heldItems, startedItems, checkedItems, doneItems, failedItems] = [
      itemsWith('held'),
      // The crop dialog may be open for the first of them, and may end without an upload.
      isAnyPrepared ? itemsWith('pending') : [],
      itemsWith('checking'),
      itemsWith('done'),
      itemsWith('failed'),
    ]
    const isBusy = allItems.some(isPending)
    if (heldItems[0]) sentences.push(messages.added(heldItems.length, heldItems[0].file.name, formatters))
    if (startedItems[0])
      sentences.push(messages.started(startedItems.length, startedItems[0].file.name, formatters))
    if (!isBusy && (doneItems[0] || (failedItems[0] && groupIds.size > failedItems.length))) {
      const groupItems = allItems.filter(({ id }) => groupIds.has(id))
      const finishedItems = groupItems.filter(({ status }) => status === 'done')
      if (finishedItems[0])
        sentences.push(
          messages.finished(finishedItems.length, groupItems.length, finishedItems[0].file.name, formatters),
        )
    }
    const newQuarter = currentQuarter()
    if (isBusy && newQuarter > announcedQuarter && !startedItems[0] && !checkedItems[0])
      sentences.push(messages.underway(formatters.percent(newQuarter / 4)))
    announcedQuarter = newQuarter
    if (checkedItems[0])
      sentences.push(messages.checkStarted(checkedItems.length, checkedItems[0].file.name, formatters))
    if (failedItems[0]?.status === 'error') {
      const reason = errorText(failedItems[0].error, texts)
      sentences.push(messages.failed(failedItems.length, failedItems[0].file.name, reason, formatters))
    }
    if (refusedFiles[0]) {
      const { file, error } = refusedFiles[0]
      sentences.push(messages.rejected(refusedFiles.length, file.name, errorText(error, texts), formatters))
    }
    return sentences
  }

  return {
    announceText(text: string) {
      requestedText = text
      chooseRegion()
      // Does not wait for `pauseMs` or `collectMs`, because the text responds to a user's action.
      clearTimeout(speakTimer)
      speakTimer = setTimeout(speak, 100)
    },

    addRegion(uploader: ObservedUploader, region: AnnouncerRegion): () => void {
      const observedList = listsByStore.get(uploader.store) ?? { regionCount: 0, stop: followList(uploader) }
      observedList.regionCount += 1
      listsByStore.set(uploader.store, observedList)
      regions.add(region)
      chooseRegion()
      return () => {
        observedList.regionCount -= 1
        if (observedList.regionCount === 0) {
          observedList.stop()
          listsByStore.delete(uploader.store)
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

/** Whether screen readers can announce a region. An open modal dialog hides all regions outside of it from them. */
function isAudible(element: Element | null): boolean {
  const [region, ...ancestors] = ancestorsOf(element)
  // A region that does not announce is hidden itself, so its parent decides.
  if (!region || isMarkedHidden(region) || !isExposed(ancestors)) return false
  const modals = openModalsOf(region.ownerDocument)
  return modals.length === 0 || modals.some((modal) => ancestors.includes(modal))
}

/** Whether an upload is in progress, and its preparation is over. */
function isPastPreparation(item: UploadItem): boolean {
  return (
    isPending(item) && item.status !== 'idle' && !(item.status === 'starting' && item.step === 'preparing')
  )
}

function outcomeOf(item: UploadItem): UploadOutcome {
  if (isHeld(item)) return 'held'
  if (item.status === 'finishing' && item.step === 'checking') return 'checking'
  if (isUnfinished(item)) return 'pending'
  if (item.status === 'error') return 'failed'
  return item.status === 'done' ? 'done' : 'canceled'
}
