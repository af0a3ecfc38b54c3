/** A ticket of the backend under test, with the fields that doctor uses. */
export interface DoctorTicket {
  readonly kind: 'put' | 'post' | 'multipart'
  readonly key: string
  readonly token: string
  /** A valid URL. Empty for a multipart upload. */
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly fields?: Readonly<Record<string, string>>
  readonly checksum?: 'CRC64NVME'
}

export interface ProtocolError {
  readonly code?: string
  readonly message?: string
}

/** A signed part of a multipart upload. */
export interface DoctorPart {
  readonly url?: string
  readonly headers?: Readonly<Record<string, string>>
}

interface DoctorPreflight {
  /** A valid URL. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

/** A JSON body of the upload protocol. Every field is optional, because each step checks the fields that it needs. */
export interface ResponseBody {
  readonly error?: ProtocolError
  readonly tickets?: readonly { readonly ticket?: DoctorTicket; readonly error?: ProtocolError }[]
  readonly results?: readonly { readonly result?: unknown; readonly error?: ProtocolError }[]
  readonly parts?: readonly DoctorPart[]
  readonly preflights?: readonly DoctorPreflight[]
}

/**
 * Parses a response of the backend. The response is untrusted, so a field with another type than in the protocol is
 * omitted, and an invalid ticket is replaced by an error.
 * @returns undefined when the text is not a JSON object
 */
export function parseResponseBody(text: string): ResponseBody | undefined {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isJsonObject(json)) return undefined
  const error = readError(json.error)
  return {
    ...(error && { error }),
    tickets: toRecords(json.tickets).map(readTicketEntry),
    results: toRecords(json.results).map((entry) => {
      const entryError = readError(entry.error)
      return { ...('result' in entry && { result: entry.result }), ...(entryError && { error: entryError }) }
    }),
    parts: toRecords(json.parts).map(readPart),
    preflights: toRecords(json.preflights).flatMap(({ url, headers }) =>
      isStorageUrl(url) ? { url, headers: readStringFields(headers) } : [],
    ),
  }
}

const isStorageUrl = (url: unknown): url is string =>
  typeof url === 'string' && /^https?:/i.test(url) && URL.canParse(url)

const isJsonObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const toRecords = (value: unknown): Record<string, unknown>[] =>
  Array.isArray(value) ? value.map((entry: unknown) => (isJsonObject(entry) ? entry : {})) : []

/** Reads an error. An error of an unknown shape is still an error, with the code `invalid-answer`. */
function readError(value: unknown): ProtocolError | undefined {
  if (value === undefined || value === null) return undefined
  const { code, message }: { code?: unknown; message?: unknown } = isJsonObject(value) ? value : {}
  return {
    code: typeof code === 'string' ? code : 'invalid-answer',
    ...(typeof message === 'string' && { message }),
  }
}

function readTicketEntry({ ticket, error }: Record<string, unknown>) {
  const entryError = readError(error)
  if (entryError) return { error: entryError }
  if (ticket === undefined || ticket === null) return {}
  const fault = findTicketFault(ticket)
  if (fault !== undefined) return { error: { code: 'invalid-answer', message: `the ticket has ${fault}` } }
  return { ticket: readDoctorTicket(ticket as Record<string, unknown>) } // findTicketFault rejects all others
}

function findTicketFault(ticket: unknown): string | undefined {
  if (!isJsonObject(ticket)) return 'no fields'
  const { kind, key, token, url } = ticket
  if (kind !== 'put' && kind !== 'post' && kind !== 'multipart') return 'an unknown kind'
  if (typeof key !== 'string' || typeof token !== 'string') return 'no key or no token'
  if (kind !== 'multipart' && !isStorageUrl(url)) return 'no valid url'
  return undefined
}

function readDoctorTicket({
  kind,
  key,
  token,
  url,
  headers,
  fields,
  checksum,
}: Record<string, unknown>): DoctorTicket {
  return {
    kind: kind === 'put' || kind === 'post' ? kind : 'multipart',
    key: String(key),
    token: String(token),
    url: typeof url === 'string' ? url : '',
    headers: readStringFields(headers),
    fields: readStringFields(fields),
    ...(checksum === 'CRC64NVME' && { checksum }),
  }
}

const readPart = ({ url, headers }: Record<string, unknown>): DoctorPart => ({
  ...(typeof url === 'string' && { url }),
  headers: readStringFields(headers),
})

const readStringFields = (value: unknown): Record<string, string> =>
  Object.fromEntries(
    Object.entries(isJsonObject(value) ? value : {}).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  )
