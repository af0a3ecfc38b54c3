import { Icon } from './Icon.tsx'

interface NoticeProps {
  readonly text: string
  readonly onRetry?: () => unknown
}

/** Shows an error and the action that may fix it. */
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
