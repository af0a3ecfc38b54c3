'use client'

import { Cancel, DragHandle, Remove, Retry } from '../../headless/actions.tsx'
import { useEntry } from '../../headless/context.ts'
import { loadPageCode } from '../../headless/lazy/load-page-code.ts'
import { useCompleteTexts } from '../../i18n/complete-texts.ts'
import { lazyComponent } from '../../react/lazy-component.ts'
import { iconButtonProps } from '../action-icons.tsx'
import { LazyCropButton } from '../CropDialog/LazyCropButton.tsx'
import { useClassNames, useStyling } from '../styling.ts'

const LazyReplace = /* @__PURE__ */ lazyComponent(loadPageCode, ({ Replace }) => Replace)

/** Buttons to cancel or retry, to remove, and to move a file. Their names include the file. */
export function Actions({ showHandle = true }: { readonly showHandle?: boolean }) {
  const { messages } = useCompleteTexts()
  const classNameOf = useClassNames()
  const { slots: { actions: CustomComponent } = {}, replaceable } = useStyling()
  const entry = useEntry()
  if (CustomComponent) return <CustomComponent entry={entry} />
  return (
    <span className={classNameOf('actions', 'putaway-actions')}>
      {/* Before Cancel, so that it stays in its place when Remove follows Cancel. */}
      <LazyCropButton className="putaway-icon-button" isIcon />
      <Cancel {...iconButtonProps('close', messages.cancel)} />
      <Retry {...iconButtonProps('retry', messages.retry)} />
      {replaceable && <LazyReplace {...iconButtonProps('swap', messages.replace)} />}
      <Remove {...iconButtonProps('trash', messages.remove)} />
      {showHandle && <DragHandle {...iconButtonProps('grip', messages.moveHint)} />}
    </span>
  )
}
