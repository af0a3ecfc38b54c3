const paths = {
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm-7.5 8a7.5 7.5 0 0 1 15 0',
  trash:
    'M4.5 7h15M10 7V4.5h4V7m-7 0 .7 11.1a1.5 1.5 0 0 0 1.5 1.4h5.6a1.5 1.5 0 0 0 1.5-1.4L17 7m-5 3.5v5.5',
  file: 'M13.5 3.5H8A1.5 1.5 0 0 0 6.5 5v14A1.5 1.5 0 0 0 8 20.5h8a1.5 1.5 0 0 0 1.5-1.5V7.5l-4-4Zm0 0v4h4',
  upload: 'M12 15V5m-4 4 4-4 4 4M5 19.5h14',
  alert: 'M12 8v4.5m0 3v.01M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17Z',
  close: 'm7 7 10 10m0-10L7 17',
  retry: 'M18.5 12a6.5 6.5 0 1 1-2-4.7l2.5 2.4m0-4.2v4.2h-4.2',
  check: 'm5.5 12.5 4.2 4.2 8.8-9.4',
}

export type IconName = keyof typeof paths

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  )
}

interface IconButtonProps {
  readonly icon: IconName
  /** The label: the action and its object. */
  readonly label: string
  readonly disabled?: boolean
  readonly onClick: () => void
}

export function IconButton({ icon, label, disabled = false, onClick }: IconButtonProps) {
  return (
    <button type="button" className="icon-button" aria-label={label} disabled={disabled} onClick={onClick}>
      <Icon name={icon} />
    </button>
  )
}
