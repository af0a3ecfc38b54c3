/** Drawn on a grid of 20, with one stroke for all. */
const paths = {
  add: 'M10 4.5v11M4.5 10h11',
  alert: 'M10 6.5v4M10 13.4v.1M17 10a7 7 0 1 1-14 0 7 7 0 0 1 14 0Z',
  check: 'm5.5 10.5 3 3 6-7',
  close: 'm6 6 8 8M14 6l-8 8',
  file: 'M11.5 2.75H6A1.75 1.75 0 0 0 4.25 4.5v11c0 .97.78 1.75 1.75 1.75h8c.97 0 1.75-.78 1.75-1.75V7l-4.25-4.25Zm0 0V7h4.25',
  fold: 'm5.5 8 4.5 4.5L14.5 8',
  grip: 'M7.5 5.5h.01M12.5 5.5h.01M7.5 10h.01M12.5 10h.01M7.5 14.5h.01M12.5 14.5h.01',
  image:
    'M5 3.25h10c.97 0 1.75.78 1.75 1.75v10c0 .97-.78 1.75-1.75 1.75H5A1.75 1.75 0 0 1 3.25 15V5c0-.97.78-1.75 1.75-1.75Zm-1.5 11 3.4-3.4a1.5 1.5 0 0 1 2.1 0l5.4 5.4m-2.65-2.65.85-.85a1.5 1.5 0 0 1 2.1 0l1.9 1.9M12.75 7.2h.01',
  person: 'M10 9.75a3 3 0 1 0 0-6 3 3 0 0 0 0 6Zm-6 6.5a6 6 0 0 1 12 0',
  retry: 'M15.75 10A5.75 5.75 0 1 1 14 5.87L15.75 7.5m0-3.75V7.5H12',
  trash:
    'M4 5.75h12M8 5.5V4.25c0-.55.45-1 1-1h2c.55 0 1 .45 1 1V5.5m-6.5.25.62 9.1c.05.79.7 1.4 1.5 1.4h4.76c.8 0 1.45-.61 1.5-1.4l.62-9.1M8.5 9v4m3-4v4',
  upload:
    'M10 12.75V3.5m0 0L6.5 7M10 3.5 13.5 7M3.5 12.5v2.25c0 .97.78 1.75 1.75 1.75h9.5c.97 0 1.75-.78 1.75-1.75V12.5',
}

export type IconName = keyof typeof paths

/** Decoration: what it stands beside, or the button's name, says the same. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg
      className="putaway-icon"
      data-icon={name}
      viewBox="0 0 20 20"
      width="20"
      fill="none"
      stroke="currentColor"
      aria-hidden="true"
      focusable="false"
    >
      <path d={paths[name]} />
    </svg>
  )
}
