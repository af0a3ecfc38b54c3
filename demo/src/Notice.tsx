import type { useStored } from './stored.ts'

interface NoticeProps {
  /** The name of the stored files in a sentence: "photos". */
  readonly what: string
  readonly stored: Pick<ReturnType<typeof useStored>, 'isLoadError' | 'isSaveError' | 'reload'>
}

/** Says that stored files could not be loaded or changed. */
export function Notice({ what, stored }: NoticeProps) {
  const { isLoadError, isSaveError, reload } = stored
  if (!isLoadError && !isSaveError) return null
  return (
    <div className="notice" role="alert">
      <span>{isLoadError ? `Your ${what} could not be loaded.` : 'The last change could not be saved.'}</span>
      {isLoadError && (
        <button type="button" className="button" onClick={reload}>
          Try again
        </button>
      )}
    </div>
  )
}
