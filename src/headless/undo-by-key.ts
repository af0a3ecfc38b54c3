import type { KeyboardEvent } from 'react'
import type { Field } from '../field/field-state.ts'
import { acceptsText } from './drop/editable.ts'

/**
 * Restores the removed file on Ctrl+Z or Cmd+Z. Does nothing in a text field, where these keys undo typing. Not called
 * if the app handles the keys itself and prevents the event.
 */
export function undoByKey(event: KeyboardEvent, field: Field): void {
  const isUndo = (event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === 'z'
  if (!isUndo || !field.store.getState().removed || acceptsText(event.target)) return
  event.preventDefault()
  field.undo()
}
