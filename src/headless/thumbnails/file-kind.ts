import { extensionOf, typesOf } from '../../protocol/accept/accept.ts'
import type { NamedType } from '../../protocol/accept/accept.ts'

/** Kinds of files that have an icon. */
export type FileKind = 'video' | 'audio' | 'pdf' | 'archive' | 'sheet' | 'slides' | 'document'

/** Outline of a sheet of paper: an SVG path on a 20 px grid. */
const paperOutline = 'M11.5 3H6.5q-2 0-2 2v10q0 2 2 2h7q2 0 2-2V7zv4h4'
const iconPathByKind: Readonly<Record<FileKind, string>> = {
  video: 'M5 4.5h10q2 0 2 2v7q0 2-2 2H5q-2 0-2-2v-7q0-2 2-2ZM8.5 7.5v5l4-2.5z',
  audio: 'M7.5 14.5V5l8-1.5V13M7.5 14.5a2 2 0 1 1-4 0 2 2 0 0 1 4 0Zm8-1.5a2 2 0 1 1-4 0 2 2 0 0 1 4 0Z',
  pdf: `${paperOutline}M7.4 14c1.8-.8 3-2.6 3-4.6 0-.9-.9-.9-.9 0 0 2 1.3 3.6 3.2 3.8`,
  archive: 'M4 7.5h12V15q0 2-2 2H6q-2 0-2-2zM3.5 3.500h13v4h-13zM8.5 11h3',
  sheet: `${paperOutline}M7.5 10.500h5v4h-5zM10 10.500v4M7.5 12.500h5`,
  slides: 'M3 4h14M4.5 4v7.500q0 1.5 1.5 1.500h8q1.5 0 1.5-1.500V4M10 13v1.500l-2.5 2.500M10 14.500l2.5 2.5',
  document: `${paperOutline}M7.5 10.500h5M7.5 13.500h5`,
}

/** Kinds with their patterns. A file has the first kind whose pattern its MIME type or extension matches. */
const kindPatterns: readonly (readonly [FileKind, RegExp])[] = [
  ['video', /^video\//],
  ['audio', /^audio\//],
  ['pdf', /\bpdf$/],
  ['archive', /\b(x-)?(g?zip|gz|tgz|(vnd\.)?rar|7z(-compressed)?|tar|bz(ip)?2?|xz|zstd?|compressed)$/],
  ['sheet', /spreadsheet|excel|numbers|\b(csv|tsv|xlsx?|ods|tab-separated-values)$/],
  ['slides', /presentation|powerpoint|\b(pptx?|odp|key)$/],
  ['document', /^text\/|word|opendocument\.text|hwp|pages|epub|\b(docx?|odt|rtf|json|xml|yaml)$/],
]

/** Returns the kind of a file by its MIME type or its extension. */
export function kindOf(file: NamedType): FileKind | undefined {
  const [type = ''] = typesOf(file)
  const extension = extensionOf(file.name)
  return kindPatterns.find(([, pattern]) => pattern.test(type) || pattern.test(extension))?.[0]
}

/** Returns the name and the path of a file's icon, or undefined if the kind of the file is unknown. */
export function iconOf(file: NamedType) {
  const name = kindOf(file)
  return name && { name, svgPath: iconPathByKind[name] }
}
