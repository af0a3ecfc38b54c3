import { createContext, useContext } from 'react'
import type { ComponentType } from 'react'
import type { FieldEntry } from './field.ts'

/** The pieces of the styled components that take a class of yours. */
export type LookSlot =
  | 'root'
  | 'label'
  | 'description'
  | 'dropzone'
  | 'trigger'
  | 'list'
  | 'item'
  | 'preview'
  | 'name'
  | 'size'
  | 'status'
  | 'progress'
  | 'actions'
  | 'button'
  | 'rejections'

export interface Look {
  /** Classes of your own, beside ours. */
  readonly classNames?: { readonly [Slot in LookSlot]?: string | undefined } | undefined
  /** Components in place of ours. They are inside the list's parts: put `Upload.Preview`, `Upload.Remove`, … into them. */
  readonly slots?: LookSlots | undefined
  /** How fast each upload is and how long it will take, while that can be told. Default: false. */
  readonly showSpeed?: boolean | undefined
  /** A button on what is stored that lets another file take its place. Default: false. */
  readonly replaceable?: boolean | undefined
}

export interface LookSlots {
  /** The whole of a tile or row, within its `<li>`. */
  readonly item?: ComponentType<{ readonly entry: FieldEntry }> | undefined
  readonly preview?: ComponentType<{ readonly entry: FieldEntry }> | undefined
  /** The buttons of a tile or row. */
  readonly actions?: ComponentType<{ readonly entry: FieldEntry }> | undefined
  /** The list of files that were refused. */
  readonly rejections?: ComponentType | undefined
}

export const LookContext = createContext<Look>({})

/** Our class for a piece, and the app's. */
export function useLook(): (slot: LookSlot, own: string, more?: string) => string {
  const { classNames } = useContext(LookContext)
  return (slot, own, more) => [own, more, classNames?.[slot]].filter(Boolean).join(' ')
}

export const useAsked = () => useContext(LookContext)

export const useSlots = (): LookSlots => useContext(LookContext).slots ?? {}
