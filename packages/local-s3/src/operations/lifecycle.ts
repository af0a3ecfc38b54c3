import { randomUUID } from 'node:crypto'
import { checkChildren, readInteger, toContent } from '../http/xml-elements.ts'
import { S3Error } from '../http/error.ts'
import { malformedXml, parseXml, xmlDocument, type XmlContent, type XmlElement } from '../http/xml.ts'

const maxRules = 1000
const transitionClasses = [
  'GLACIER',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'DEEP_ARCHIVE',
  'GLACIER_IR',
]
const actions = [
  'Expiration',
  'Transition',
  'NoncurrentVersionExpiration',
  'NoncurrentVersionTransition',
  'AbortIncompleteMultipartUpload',
]
const maxObjectBytes = 5 * 1024 ** 4

const invalidArgument = (message: string) => new S3Error('InvalidArgument', message)
const invalidRequest = (message: string) => new S3Error('InvalidRequest', message)

/**
 * Validates a lifecycle configuration as S3 does:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
 * @returns the document to store, in which each rule has an ID
 * @throws S3Error MalformedXML for a schema violation; InvalidArgument, InvalidRequest and InvalidTag for an invalid value
 */
export function parseLifecycle(text: string): string {
  const root = parseXml(text, 'LifecycleConfiguration')
  checkChildren(root, [], ['Rule'])
  const rules = root.all('Rule')
  if (rules.length === 0 || rules.length > maxRules) throw malformedXml()
  const ids = new Set<string>()
  for (const rule of rules) {
    checkLifecycleRule(rule)
    const id = rule.get('ID') ?? ''
    if (id.length > 255) throw invalidArgument('ID length should not exceed allowed limit of 255')
    if (id && ids.has(id))
      throw invalidArgument(`Rule ID must be unique. Found same ID for more than one rule: ${id}`)
    ids.add(id)
  }
  if (rules.some((rule) => rule.child('Prefix')) && rules.some((rule) => rule.child('Filter'))) {
    throw invalidRequest(
      'Base level prefix cannot be used in Lifecycle V2, prefixes are only supported in the Filter.',
    )
  }
  return xmlDocument('LifecycleConfiguration', { Rule: rules.map(addMissingId) })
}

/** Adds a random ID to a rule without one, as S3 does. */
function addMissingId(rule: XmlElement): XmlContent {
  const content = Object.fromEntries(rule.names.map((name) => [name, rule.all(name).map(toContent)]))
  return rule.get('ID') ? content : { ...content, ID: randomUUID() }
}

function checkLifecycleRule(rule: XmlElement) {
  checkChildren(
    rule,
    [
      'ID',
      'Prefix',
      'Filter',
      'Status',
      'Expiration',
      'NoncurrentVersionExpiration',
      'AbortIncompleteMultipartUpload',
    ],
    ['Transition', 'NoncurrentVersionTransition'],
  )
  const status = rule.get('Status')?.trim()
  if (status !== 'Enabled' && status !== 'Disabled') throw malformedXml()
  const [prefix, filter] = [rule.child('Prefix'), rule.child('Filter')]
  // S3 requires exactly one of Prefix and Filter.
  if (Boolean(prefix) === Boolean(filter)) throw malformedXml()
  if (prefix) checkPrefix(prefix)
  const scope = filter ? checkFilter(filter) : { hasTags: false, hasSizes: false }
  if (!actions.some((name) => rule.child(name)))
    throw invalidRequest('At least one action needs to be specified in a rule')
  checkExpiration(rule, scope.hasTags)
  checkNoncurrent(rule)
  const abort = rule.child('AbortIncompleteMultipartUpload')
  if (!abort) return
  checkChildren(abort, ['DaysAfterInitiation'])
  readPositive(abort, 'DaysAfterInitiation', 'AbortIncompleteMultipartUpload')
  if (scope.hasTags) throw invalidRequest('AbortIncompleteMultipartUpload cannot be specified with Tags.')
  if (scope.hasSizes)
    throw invalidRequest('AbortIncompleteMultipartUpload cannot be specified with object size.')
}

function checkPrefix({ text }: XmlElement) {
  if (Buffer.byteLength(text) > 1024) throw invalidRequest('The maximum size of a prefix is 1024.')
}

/** Validates a Filter and its And. Returns which conditions it contains. */
function checkFilter(filter: XmlElement) {
  checkChildren(filter, ['And', 'Prefix', 'Tag', 'ObjectSizeGreaterThan', 'ObjectSizeLessThan'])
  if (filter.names.length > 1) throw malformedXml()
  const andElement = filter.child('And')
  if (andElement)
    checkChildren(andElement, ['Prefix', 'ObjectSizeGreaterThan', 'ObjectSizeLessThan'], ['Tag'])
  const scope = andElement ?? filter
  const prefix = scope.child('Prefix')
  const tags = scope.all('Tag')
  const [greaterThan, lessThan] = ['ObjectSizeGreaterThan', 'ObjectSizeLessThan'].map((name) =>
    readSize(scope, name),
  )
  if (andElement && [prefix, ...tags, greaterThan, lessThan].filter((one) => one !== undefined).length < 2)
    throw malformedXml()
  if (prefix) checkPrefix(prefix)
  checkTagElements(tags)
  if (greaterThan !== undefined && lessThan !== undefined && greaterThan >= lessThan) {
    throw invalidRequest("'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.")
  }
  return { hasTags: tags.length > 0, hasSizes: greaterThan !== undefined || lessThan !== undefined }
}

function checkTagElements(tags: readonly XmlElement[]) {
  for (const tag of tags) {
    checkChildren(tag, ['Key', 'Value'])
    const [key, value] = [tag.get('Key'), tag.get('Value')]
    if (key === undefined || value === undefined) throw malformedXml()
    if (key === '' || key.length > 128)
      throw new S3Error('InvalidTag', 'The TagKey you have provided is invalid')
    if (value.length > 256) throw new S3Error('InvalidTag', 'The TagValue you have provided is invalid')
  }
  if (new Set(tags.map((tag) => tag.get('Key'))).size < tags.length)
    throw invalidRequest('Duplicate Tag Keys are not allowed.')
}

function readSize(scope: XmlElement, name: string) {
  const text = scope.get(name)?.trim()
  if (text === undefined) return undefined
  if (!/^-?\d{1,15}$/.test(text)) throw malformedXml()
  const size = Number(text)
  const minSize = name === 'ObjectSizeLessThan' ? 1 : 0
  if (size < minSize || size > maxObjectBytes)
    throw invalidRequest(`'${name}' should be between ${minSize} and ${maxObjectBytes} bytes.`)
  return size
}

function readPositive(parent: XmlElement, name: string, action: string) {
  const element = parent.child(name)
  if (!element) throw malformedXml()
  const value = readInteger(element)
  if (value < 1) throw invalidArgument(`'${name}' for ${action} action must be a positive integer`)
  return value
}

function readNonNegative(parent: XmlElement, name: string, action: string) {
  const element = parent.child(name)
  if (!element) throw malformedXml()
  const value = readInteger(element)
  if (value < 0) throw invalidArgument(`'${name}' for ${action} action must be nonnegative`)
  return value
}

/** Returns epoch ms. */
function readDate({ text }: XmlElement): number {
  const date = text.trim()
  const isDate = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/.test(date)
  // S3 reads a time without a zone as UTC, JavaScript as local time.
  const time = Date.parse(/T/.test(date) && !/(Z|[+-]\d\d:?\d\d)$/.test(date) ? `${date}Z` : date)
  // JavaScript reads February 31 as March 3.
  const day = new Date(`${date.slice(0, 10)}T00:00Z`)
  const isInCalendar = !Number.isNaN(day.getTime()) && date.startsWith(day.toISOString().slice(0, 10))
  if (!isDate || Number.isNaN(time) || !isInCalendar) throw malformedXml()
  if (time % 86_400_000 !== 0) throw invalidArgument("'Date' must be at midnight GMT")
  return time
}

/** Requires either Days or Date. */
function checkDaysOrDate(action: XmlElement, name: string, readDays: typeof readPositive) {
  const date = action.child('Date')
  if (Boolean(date) === Boolean(action.child('Days'))) throw malformedXml()
  if (date) readDate(date)
  return date ? undefined : readDays(action, 'Days', name)
}

function checkExpiration(rule: XmlElement, hasTags: boolean) {
  const transitions = rule.all('Transition').map((transition) => {
    checkChildren(transition, ['Days', 'Date', 'StorageClass'])
    const days = checkDaysOrDate(transition, 'Transition', readNonNegative)
    return { days, storageClass: readStorageClass(transition, days) }
  })
  if (new Set(transitions.map(({ storageClass }) => storageClass)).size < transitions.length) {
    throw invalidRequest("'StorageClass' must be different for 'Transition' actions in same 'Rule'")
  }
  const expiration = rule.child('Expiration')
  const deleteMarker = expiration?.get('ExpiredObjectDeleteMarker')?.trim()
  let expirationDays: number | undefined
  if (expiration) {
    checkChildren(expiration, ['Days', 'Date', 'ExpiredObjectDeleteMarker'])
    if (deleteMarker !== undefined && (!/^(true|false)$/.test(deleteMarker) || expiration.names.length > 1))
      throw malformedXml()
    if (deleteMarker !== undefined && hasTags)
      throw invalidRequest('ExpiredObjectDeleteMarker cannot be specified with Tags.')
    if (deleteMarker === undefined) expirationDays = checkDaysOrDate(expiration, 'Expiration', readPositive)
  }
  const days = [
    ...transitions.map((one) => one.days),
    ...(expiration && deleteMarker === undefined ? [expirationDays] : []),
  ]
  if (days.includes(undefined) && days.some((one) => one !== undefined)) {
    throw invalidRequest(
      "Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule",
    )
  }
  checkDateOrder(rule.all('Transition'), expiration)
  if (
    expirationDays !== undefined &&
    transitions.some((one) => one.days !== undefined && one.days >= expirationDays)
  ) {
    throw invalidArgument(
      "'Days' in the Expiration action must be greater than 'Days' in the Transition action of the same rule",
    )
  }
}

/** The dates of a rule's actions, like their days, must be in order. */
function checkDateOrder(transitions: readonly XmlElement[], expiration: XmlElement | undefined) {
  const end = expiration?.child('Date')
  const starts = transitions.flatMap((transition) => transition.child('Date') ?? [])
  if (end && starts.some((start) => readDate(start) >= readDate(end))) {
    throw invalidArgument(
      "'Date' in the Expiration action must be later than 'Date' in the Transition action of the same rule",
    )
  }
}

function readStorageClass(transition: XmlElement, days: number | undefined) {
  const storageClass = transition.get('StorageClass')?.trim() ?? ''
  if (!transitionClasses.includes(storageClass)) throw malformedXml()
  if (days !== undefined && days < 30 && /^(STANDARD|ONEZONE)_IA$/.test(storageClass)) {
    throw invalidArgument(
      `'Days' in Transition action must be greater than or equal to 30 for storageClass '${storageClass}'`,
    )
  }
  return storageClass
}

function checkNoncurrent(rule: XmlElement) {
  const expiration = rule.child('NoncurrentVersionExpiration')
  const all = [...rule.all('NoncurrentVersionTransition'), ...(expiration ? [expiration] : [])]
  const classes = new Set<string>()
  let lastTransition = -1
  for (const action of all) {
    const isExpiration = action === expiration
    checkChildren(action, [
      'NoncurrentDays',
      'NewerNoncurrentVersions',
      ...(isExpiration ? [] : ['StorageClass']),
    ])
    const name = isExpiration ? 'NoncurrentVersionExpiration' : 'NoncurrentVersionTransition'
    const days = (isExpiration ? readPositive : readNonNegative)(action, 'NoncurrentDays', name)
    if (isExpiration && days <= lastTransition) {
      throw invalidArgument(
        "'NoncurrentDays' in the NoncurrentVersionExpiration action must be greater than 'NoncurrentDays' in the NoncurrentVersionTransition action",
      )
    }
    if (!isExpiration) {
      lastTransition = Math.max(lastTransition, days)
      classes.add(readStorageClass(action, days))
    }
    const newer = action.child('NewerNoncurrentVersions')
    if (!newer) continue
    const count = readInteger(newer)
    if (count < 1 || count > 100) throw invalidArgument("'NewerNoncurrentVersions' must be between 1 and 100")
  }
  if (classes.size < rule.all('NoncurrentVersionTransition').length) {
    throw invalidRequest(
      "'StorageClass' must be different for 'NoncurrentVersionTransition' actions in same 'Rule'",
    )
  }
}
