import type { ReactNode } from 'react'

import { SvgIcon, fileIconPaths } from '../headless/thumbnails/FileIcon.tsx'

/** SVG paths on a 20 px grid. */
const iconPaths = {
  ...fileIconPaths,
  add: 'M10 4.5v11M4.5 10h11',
  alert: 'M10 6.5v4M10 13.4v.1M17 10a7 7 0 1 1-14 0 7 7 0 0 1 14 0Z',
  check: 'm5.5 10.5 3 3 6-7',
  close: 'm6 6 8 8M14 6l-8 8',
  fold: 'm5.5 8 4.5 4.5L14.5 8',
  grip: 'M7.5 5.5v.01M7.5 10v.01M7.5 14.5v.01M12.5 5.5v.01M12.5 10v.01M12.5 14.5v.01',
  person: 'M10 10a3 3 0 1 0 0-6 3 3 0 0 0 0 6Zm-6 6.5a6 6 0 0 1 12 0',
  retry: 'M16 10a6 6 0 1 1-2-4.5l2 2M16 4v3.5h-3.5',
  swap: 'M4 7.5h11.5l-3-3M16 12.5H4.5l3 3',
  trash: 'M4 6h12M8 6V3.5h4V6M5.5 6l.6 8.5q.1 2 2 2h3.8q1.9 0 2-2L14.5 6M8.5 9v4.5M11.5 9v4.5',
  upload: 'M10 13V3.5M6.5 7 10 3.5 13.5 7M3.5 13v1.5q0 2 2 2h9q2 0 2-2V13',
}

export type IconName = keyof typeof iconPaths

/** A decorative icon. It has no text alternative, because the text beside it or the button's name says the same. */
export function Icon({ name }: { readonly name: IconName }) {
  return <SvgIcon className="putaway-icon" name={name} svgPath={iconPaths[name]} />
}

/** Props of a button that shows only an icon. */
export const iconButtonProps = (
  name: IconName,
  title: string,
): { className: string; title: string; children: ReactNode } => ({
  className: 'putaway-icon-button',
  title,
  children: <Icon name={name} />,
})
