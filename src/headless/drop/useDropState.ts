import { useState } from 'react'
import { useEntries } from '../context.ts'
import type { DragState } from './drag-preview.ts'
import type { FolderReading } from './zone-types.ts'

/** Returns the state of drags and drops over a zone, and the callbacks that change it. */
export function useDropState() {
  const entries = useEntries()
  const [dragState, setDragState] = useState<DragState>()
  const [notice, setNotice] = useState<{ readonly text: string | undefined; readonly entries: unknown }>()
  const [reading, onReading] = useState<FolderReading>()
  const onProblem = (text: string | undefined) => setNotice({ text, entries })
  return {
    dragState,
    reading,
    /** Text that says that the last drop had no file. Undefined once the list has changed. */
    problem: notice?.entries === entries ? notice.text : undefined,
    callbacks: {
      onReading,
      onProblem,
      onHover: (newState: DragState | undefined) => {
        setDragState(newState)
        if (newState) onProblem(undefined)
      },
    },
  }
}
