import type { ancestorsOf, isExposed, isOpenModal, openModalsOf } from '../../a11y/open-modals.ts'
import type { DragState } from './drag-preview.ts'
import type { FolderContent, FolderReadOptions } from './read-folders.ts'

/** Folders that are being read. */
export interface FolderReading {
  /** Number of files that were found so far. */
  readonly count: number
  /** Stops reading. No file is added. */
  readonly stop: () => void
}

/** A zone on the page. Its functions are called at each event, so that they return current values. */
export interface DropZone {
  readonly element: () => HTMLElement | null
  /** False for a disabled zone, which ignores events, so that a zone around it may take the files. */
  readonly isEnabled: () => boolean
  readonly dragStateOf: (transfer: DataTransfer) => DragState
  readonly onHover: (dragState: DragState | undefined) => void
  /**
   * Receives all files in order, including those of folders. The uploader's rules filter them later. `leftOutCount`
   * is the number of files that were left out because the operating system wrote them (`.DS_Store`, `Thumbs.db`).
   */
  readonly onFiles: (files: File[], leftOutCount: number) => void
  /** Called repeatedly while folders are read, and with undefined when reading has ended. */
  readonly onReading: (reading: FolderReading | undefined) => void
  /** Called for a drop without a file, for example of a link, a text, an email, or an image in Firefox. */
  readonly onNoFile: () => void
  /** Reads files and folders. Must be called during the event, because the event's items are empty after it. */
  readonly read: (transfer: DataTransfer, options: FolderReadOptions) => Promise<FolderContent>
}

/** Handles drag events that reach a zone. */
export interface ZoneEvents {
  readonly onDragOver: (event: DragEvent) => void
  readonly onDrop: (event: DragEvent) => void
  readonly remove: () => void
}

/** Chooses the zone for files that are dropped or pasted outside of all zones. `page-targets.ts` implements it. */
export interface PageTargets {
  /** Adds a zone. The zone with the highest `mountOrder` has priority. Returns a function that removes the zone. */
  readonly add: (zone: DropZone, mountOrder: number) => () => void
  /**
   * Called for each drag event with files that come from outside the page. `isTaken`: a zone has handled the event.
   * Returns the zone that takes the files, or `refused` if an open modal dialog blocks all of them.
   */
  readonly targetOfDrag: (event: DragEvent, isTaken: boolean) => DropZone | 'refused' | undefined
  /** Returns the zone for a paste outside of zones. `editable`: the focused element, if it accepts text. */
  readonly targetOfPaste: (event: ClipboardEvent, editable: Element | undefined) => DropZone | undefined
}

/** Functions that `page-targets.ts` uses. Bundlers would move shared imports of two chunks into a third one. */
export interface PageTools {
  readonly timeoutMs: number
  readonly ancestorsOf: typeof ancestorsOf
  readonly isExposed: typeof isExposed
  readonly isOpenModal: typeof isOpenModal
  readonly openModalsOf: typeof openModalsOf
  readonly isFileInput: (target: EventTarget | undefined) => boolean
  /** Ends the hover state of a zone, if the files are over this zone. */
  readonly endHover: (zone: DropZone) => void
}

export type CreatePageTargets = (page: Document, tools: PageTools) => PageTargets

/** Options of a zone that takes the files of the whole page. */
export interface PageTargetOptions {
  readonly createTargets: CreatePageTargets
  readonly mountOrder: number
}
