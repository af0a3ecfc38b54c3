'use client'

import { useEffect, useState } from 'react'
import { ignoreLoadError } from '../../internal/lazy-module.ts'
import type { NamedType } from '../../protocol/accept/accept.ts'
import { loadRowCode } from '../lazy/load-row-code.ts'

/** SVG paths on a 20 px grid. */
export const fileIconPaths = {
  file: 'M11.5 3H6.5q-2 0-2 2v10q0 2 2 2h7q2 0 2-2V7zv4h4',
  image: 'M5.5 3.5h9q2 0 2 2v9q0 2-2 2h-9q-2 0-2-2v-9q0-2 2-2ZM3.5 14 8 9.5l7 7m-3-3 2-2 2.5 2.5M12.5 7v.01',
}

interface SvgIconProps {
  /** Value of `data-icon`. */
  readonly name: string
  readonly svgPath: string
  readonly className?: string | undefined
}

/**
 * A decorative icon. It has no text alternative, because the text beside it or the name of its button says the same.
 */
export function SvgIcon({ name, svgPath, className }: SvgIconProps) {
  return (
    <svg
      className={className}
      data-icon={name}
      viewBox="0 0 20 20"
      width="20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={svgPath} />
    </svg>
  )
}

export const imageIcon = <SvgIcon name="image" svgPath={fileIconPaths.image} />

/** The icon of a file without a picture. It is a sheet of paper until the icon of the file's kind has loaded. */
export function FileIcon({ name, type }: NamedType) {
  const [icon, setIcon] = useState<Pick<SvgIconProps, 'name' | 'svgPath'>>()
  useEffect(() => {
    loadRowCode().then(({ iconOf }) => setIcon(iconOf({ name, type })), ignoreLoadError)
  }, [name, type])
  return <SvgIcon name="file" svgPath={fileIconPaths.file} {...icon} />
}
