'use client'

import { Cancel, Remove, Retry, Undo } from '../../headless/actions.tsx'
import { CameraButton } from '../CameraButton.tsx'
import { LazyCropButton } from '../CropDialog/LazyCropButton.tsx'
import { useClassNames } from '../styling.ts'

export interface CardActionsProps {
  /** Whether the field has no image. */
  readonly isEmpty: boolean
}

/** The buttons of a field for one image, beside its preview. */
export function CardActions({ isEmpty }: CardActionsProps) {
  const classNameOf = useClassNames()
  const className = classNameOf('button', 'putaway-button')
  if (isEmpty)
    return (
      <>
        <CameraButton className="putaway-button" />
        <Undo className="putaway-button" data-quiet="" />
      </>
    )
  return (
    <>
      <LazyCropButton className={className} />
      <Cancel className={className} />
      <Remove className={className} data-quiet="" />
    </>
  )
}

/** The main action of a failed image, before the other buttons. */
export function CardRetry() {
  const classNameOf = useClassNames()
  return <Retry className={classNameOf('button', 'putaway-button')} />
}
