/**
 * Creates a File that reports a size without holding the bytes. `size` is in bytes and defaults to 1000. `type` defaults to
 * the type of the name's extension (avif, gif, jpg, jpeg, mp4, pdf, png, txt, webp), else `''`.
 */
export function fakeFile(
  name: string,
  { size = 1000, type = typeOf(name) }: { size?: number; type?: string } = {},
): File {
  const file = new File(['x'], name, { type })
  Object.defineProperty(file, 'size', { value: size })
  return file
}

const fakeFileTypes: Readonly<Record<string, string>> = {
  avif: 'image/avif',
  gif: 'image/gif',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  mp4: 'video/mp4',
  pdf: 'application/pdf',
  png: 'image/png',
  txt: 'text/plain',
  webp: 'image/webp',
}

function typeOf(name: string): string {
  return fakeFileTypes[name.split('.').pop()?.toLowerCase() ?? ''] ?? ''
}
