'use client'

import type { ComponentPropsWithoutRef } from 'react'
import { useRootContext } from '../headless/context.ts'
import { loadPageCode } from '../headless/lazy/load-page-code.ts'
import { lazyComponent } from '../react/lazy-component.ts'
import { useStyling } from './styling.ts'

const LazyCameraTrigger = /* @__PURE__ */ lazyComponent(loadPageCode, ({ CameraTrigger }) => CameraTrigger)

export interface CameraButtonProps extends Pick<ComponentPropsWithoutRef<'button'>, 'className'> {
  readonly 'data-quiet'?: '' | undefined
}

/** The button that takes a photo, if the app asks for one. */
export function CameraButton(props: CameraButtonProps) {
  const { camera } = useStyling()
  const { readOnly } = useRootContext()
  return camera && !readOnly ? (
    <LazyCameraTrigger {...props} camera={camera === true ? undefined : camera} />
  ) : null
}
