/** English texts of `PageDrop`. They load with it. */
export const pageDropEnglish = {
  /** `label` is the name of the place to which the files are added. */
  dropOnPage: (multiple: boolean, label: string | undefined) =>
    (multiple ? 'Drop files to add them' : 'Drop a file to add it') +
    (label === undefined ? '' : ` to ${label}`),
}
