'use client'

import { Cancel, Remove } from '../../headless/actions.tsx'
import { LazyCropButton } from '../CropDialog/LazyCropButton.tsx'
import { useClassNames } from '../styling.ts'

/** The buttons of one image, beside its preview. */
export function CardActions() {
  const classNameOf = useClassNames()
  const className = classNameOf('button', 'putaway-button')
  return (
    <>
      <LazyCropButton className={className} />
      <Cancel className={className} />
      <Remove className={className} data-quiet="" />
    </>
  )
}
