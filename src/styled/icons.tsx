import { SvgIcon, fileIconPaths } from '../headless/thumbnails/FileIcon.tsx'

/** SVG paths of drop areas, on a 20 px grid. */
const iconPaths = {
  add: 'M10 4.5v11M4.5 10h11',
  alert: 'M10 6.5v4M10 13.4v.1M17 10a7 7 0 1 1-14 0 7 7 0 0 1 14 0Z',
  image: fileIconPaths.image,
  person: 'M10 10a3 3 0 1 0 0-6 3 3 0 0 0 0 6Zm-6 6.5a6 6 0 0 1 12 0',
  upload: 'M10 13V3.5M6.5 7 10 3.5 13.5 7M3.5 13v1.5q0 2 2 2h9q2 0 2-2V13',
}

type IconName = keyof typeof iconPaths

/** A decorative icon. It has no text alternative, because the text beside it or the button's name says the same. */
export function Icon({ name }: { readonly name: IconName }) {
  return <SvgIcon className="putaway-icon" name={name} svgPath={iconPaths[name]} />
}
