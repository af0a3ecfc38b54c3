import { Icon } from './Icon.tsx'

interface NoticeProps {
  readonly text: string
  readonly onRetry?: () => unknown
}

/** Something went wrong, and what can be done. */
export function Notice({ text, onRetry }: NoticeProps) {
  return (
    <div className="notice" role="alert">
      <Icon name="alert" />
      <span>{text}</span>
      {onRetry && (
        <button type="button" className="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  )
}
