/** One image of a form value, in plain JSON. What the app gives with more fields keeps them. */
export interface StoredImage {
  readonly id?: string | number
  /** What is shown. Without it there is an icon. */
  readonly url?: string
  readonly key?: string
  readonly name?: string
  /** The server's word for an upload that it confirmed: what `readUploads` verifies. */
  readonly token?: string
}

/** A list's value is an array; the value of a single upload is the image, or null. */
export type FieldValue = StoredImage | readonly StoredImage[] | null

/** The images of a value, whatever its form. */
export function imagesIn(value: FieldValue | undefined): readonly StoredImage[] {
  // Form libraries begin with an empty text.
  if (!value) return []
  return isList(value) ? value : [value]
}

function isList(value: StoredImage | readonly StoredImage[]): value is readonly StoredImage[] {
  return Array.isArray(value)
}

/** Whether two are the same image, by the strongest name that both have. */
export function isSame(one: StoredImage | undefined, other: StoredImage): boolean {
  if (!one) return false
  const name = (['token', 'id', 'key', 'url'] as const).find((each) => each in one && each in other)
  return name ? one[name] === other[name] : JSON.stringify(one) === JSON.stringify(other)
}

/**
 * What a form value says of a result. Of a receipt (a backend without `confirm`) that is the key and no more: the URLs
 * of its ticket are secrets.
 */
export function imageOf(result: unknown, file: File): StoredImage {
  const fields: Readonly<Record<string, unknown>> = { ...Object(result) }
  const { ticket } = fields
  if (ticket !== undefined) return { name: file.name, ...picked({ ...Object(ticket) }, ['key']) }
  return { name: file.name, ...picked(fields, ['id', 'name', 'key', 'url', 'token']) }
}

function picked(fields: Readonly<Record<string, unknown>>, names: readonly string[]) {
  return Object.fromEntries(
    names.flatMap((name) => (/string|number/.test(typeof fields[name]) ? [[name, fields[name]]] : [])),
  )
}
