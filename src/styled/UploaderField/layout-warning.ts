import { warnDeveloper } from '../../internal/development-log.ts'

/**
 * Warns about a layout that does not exist, or that shows only the first file of a list. Call it only while an app is
 * developed. It is in a file of its own for the reason that broken-image.ts gives.
 */
export function warnAboutLayout(
  {
    name,
    layouts,
    singleLayouts = [],
  }: { name: string; layouts: Readonly<Record<string, unknown>>; singleLayouts?: readonly string[] },
  layout: string,
  multiple: boolean,
): void {
  const component = name === 'images' ? 'ImageUploader' : 'FileUploader'
  if (!layouts[layout])
    warnDeveloper(
      `${component} has no layout "${layout}", so it shows nothing. Its layouts are: ${Object.keys(layouts).join(', ')}.`,
    )
  else if (multiple && singleLayouts.includes(layout))
    warnDeveloper(
      `The layout "${layout}" of ${component} shows one file, and this field holds several. Leave out \`multiple\`, or choose another layout.`,
    )
}
