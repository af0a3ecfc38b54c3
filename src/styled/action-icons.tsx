import type { ReactNode } from 'react'
import { SvgIcon } from '../headless/thumbnails/FileIcon.tsx'

/** SVG paths of rows and their buttons, on a 20 px grid. They load with the rows. */
const actionPaths = {
  check: 'm5.5 10.5 3 3 6-7',
  close: 'm6 6 8 8M14 6l-8 8',
  fold: 'm5.5 8 4.5 4.5L14.5 8',
  grip: 'M7.5 5.5v.01M7.5 10v.01M7.5 14.5v.01M12.5 5.5v.01M12.5 10v.01M12.5 14.5v.01',
  retry: 'M16 10a6 6 0 1 1-2-4.5l2 2M16 4v3.5h-3.5',
  swap: 'M4 7.5h11.5l-3-3M16 12.5H4.5l3 3',
  trash: 'M4 6h12M8 6V3.5h4V6M5.5 6l.6 8.5q.1 2 2 2h3.8q1.9 0 2-2L14.5 6M8.5 9v4.5M11.5 9v4.5',
}

type ActionIconName = keyof typeof actionPaths

/** A decorative icon of a row. */
export function ActionIcon({ name }: { readonly name: ActionIconName }) {
  return <SvgIcon className="putaway-icon" name={name} svgPath={actionPaths[name]} />
}

/** Props of a button that shows only an icon. */
export const iconButtonProps = (
  name: ActionIconName,
  title: string,
): { className: string; title: string; children: ReactNode } => ({
  className: 'putaway-icon-button',
  title,
  children: <ActionIcon name={name} />,
})
