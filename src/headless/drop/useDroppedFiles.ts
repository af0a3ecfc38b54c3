import { useState } from 'react'
import { useUploadRuntime } from '../../react/context.ts'
import { useTexts } from '../../i18n/texts.tsx'
import { addFiles, useEntries, useRootContext } from '../context.ts'
import { announce } from '../lazy/load-page-code.ts'
import type { FolderReading } from './drop-zone.ts'

/** Returns the functions that a zone passes to its page, and the state of the last drop. */
export function useDroppedFiles() {
  const rootContext = useRootContext()
  const texts = useTexts()
  const runtime = useUploadRuntime()
  const entries = useEntries()
  const [noFileNotice, setNoFileNotice] = useState<{ readonly text: string; readonly entries: unknown }>()
  const [reading, setReading] = useState<FolderReading>()
  return {
    reading,
    /** Text that says that the last drop had no file. Undefined once the list has changed. */
    problem: noFileNotice?.entries === entries ? noFileNotice.text : undefined,
    clearProblem: () => setNoFileNotice(undefined),
    onFiles: (files: Iterable<File>, leftOutCount = 0) => {
      setNoFileNotice(undefined)
      addFiles(rootContext, files, leftOutCount)
      if (leftOutCount > 0)
        void announce(runtime, texts, (allMessages) => allMessages.leftOut(leftOutCount, texts.formatters))
    },
    onReading: (newReading: FolderReading | undefined) => {
      if (newReading && !reading)
        void announce(runtime, texts, (allMessages) =>
          allMessages.reading(newReading.count, texts.formatters),
        )
      setReading(newReading)
    },
    onNoFile: () =>
      void announce(runtime, texts, ({ noFile: text }) => text).then(
        (text) => text !== undefined && setNoFileNotice({ text, entries }),
      ),
  }
}
