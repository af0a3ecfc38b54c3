'use client'

import { Trigger } from '../../headless/drop/picker.tsx'
import { useEntries, useRootContext } from '../../headless/context.ts'
import { useTexts } from '../../i18n/texts.tsx'
import { DropArea, DropNotes, FolderButton } from '../Dropzone/Dropzone.tsx'
import { useClassNames } from '../styling.ts'
import { Head } from '../UploaderField/Head.tsx'
import type { LayoutProps } from '../UploaderField/layout-props.ts'
import { Rows } from '../UploadList/UploadList.tsx'

/**
 * One line with the label and a button, and below the line one row per file. It fits into a narrow column, or into a
 * form with one upload per line.
 */
export function CompactLayout({ capture, directory, description, ...headProps }: LayoutProps) {
  const { messages } = useTexts()
  const { uploader, readOnly } = useRootContext()
  const classNameOf = useClassNames()
  const isEmpty = useEntries().length === 0
  const multiple = uploader.options().multiple !== false
  const buttonLabel = multiple ? messages.chooseImages : messages.chooseImage
  return (
    <DropArea {...{ multiple, capture }} label={buttonLabel} className="putaway-compact">
      {({ drag, reason, ...notes }) => (
        <>
          <Head
            {...headProps}
            description={drag === 'none' ? description : (reason ?? messages.dropNow)}
            action={
              !readOnly && (
                <>
                  <FolderButton directory={directory} />
                  <Trigger className={classNameOf('trigger', 'putaway-button')}>
                    {multiple || isEmpty ? buttonLabel : messages.replace}
                  </Trigger>
                </>
              )
            }
          />
          <Rows label={headProps.label} openable />
          <DropNotes {...notes} />
        </>
      )}
    </DropArea>
  )
}
