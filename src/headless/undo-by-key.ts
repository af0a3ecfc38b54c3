import type { KeyboardEvent } from 'react'
import type { Field } from '../field/field-state.ts'
import { acceptsText } from './drop/editable.ts'

/**
 * Restores the removed file on Ctrl+Z or Cmd+Z. Does nothing where these keys undo typing, or where the app has its
 * own undo.
 */
export function undoByKey(event: KeyboardEvent, field: Field): void {
  const isUndo = (event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === 'z'
  if (!isUndo || !field.store.getState().removed || acceptsText(event.target)) return
  event.preventDefault()
  field.undo()
}
