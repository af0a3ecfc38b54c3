import { randomUUID } from 'node:crypto'
import { checkChildren, readInteger, toContent } from './elements.ts'
import { S3Error } from './error.ts'
import { parseXml, xmlDocument, type XmlContent, type XmlElement } from './xml.ts'

const mostRules = 1000
const storageClasses = [
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
const largestObject = 5 * 1024 ** 4

const malformed = () => new S3Error('MalformedXML')
const invalid = (message: string) => new S3Error('InvalidArgument', message)
const conflicting = (message: string) => new S3Error('InvalidRequest', message)

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
  if (rules.length === 0 || rules.length > mostRules) throw malformed()
  const ids = new Set<string>()
  for (const rule of rules) {
    checkRule(rule)
    const id = rule.get('ID') ?? ''
    if (id.length > 255) throw invalid('ID length should not exceed allowed limit of 255')
    if (id && ids.has(id))
      throw invalid(`Rule ID must be unique. Found same ID for more than one rule: ${id}`)
    ids.add(id)
  }
  if (rules.some((rule) => rule.child('Prefix')) && rules.some((rule) => rule.child('Filter'))) {
    throw conflicting(
      'Base level prefix cannot be used in Lifecycle V2, prefixes are only supported in the Filter.',
    )
  }
  return xmlDocument('LifecycleConfiguration', { Rule: rules.map(withId) })
}

/** Adds a random ID to a rule without one, as S3 does. */
function withId(rule: XmlElement): XmlContent {
  const content = Object.fromEntries(rule.names.map((name) => [name, rule.all(name).map(toContent)]))
  return rule.get('ID') ? content : { ...content, ID: randomUUID() }
}

function checkRule(rule: XmlElement) {
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
  if (status !== 'Enabled' && status !== 'Disabled') throw malformed()
  const [prefix, filter] = [rule.child('Prefix'), rule.child('Filter')]
  // S3 requires exactly one of Prefix and Filter.
  if (Boolean(prefix) === Boolean(filter)) throw malformed()
  if (prefix) checkPrefix(prefix)
  const scope = filter ? checkFilter(filter) : { hasTags: false, hasSizes: false }
  if (!actions.some((name) => rule.child(name)))
    throw conflicting('At least one action needs to be specified in a rule')
  checkExpiration(rule, scope.hasTags)
  checkNoncurrent(rule)
  const abort = rule.child('AbortIncompleteMultipartUpload')
  if (!abort) return
  checkChildren(abort, ['DaysAfterInitiation'])
  positive(abort, 'DaysAfterInitiation', 'AbortIncompleteMultipartUpload')
  if (scope.hasTags) throw conflicting('AbortIncompleteMultipartUpload cannot be specified with Tags.')
  if (scope.hasSizes)
    throw conflicting('AbortIncompleteMultipartUpload cannot be specified with object size.')
}

function checkPrefix({ text }: XmlElement) {
  if (Buffer.byteLength(text) > 1024) throw conflicting('The maximum size of a prefix is 1024.')
}

/** Validates a Filter and its And. Returns which conditions it contains. */
function checkFilter(filter: XmlElement) {
  checkChildren(filter, ['And', 'Prefix', 'Tag', 'ObjectSizeGreaterThan', 'ObjectSizeLessThan'])
  if (filter.names.length > 1) throw malformed()
  const and = filter.child('And')
  if (and) checkChildren(and, ['Prefix', 'ObjectSizeGreaterThan', 'ObjectSizeLessThan'], ['Tag'])
  const scope = and ?? filter
  const prefix = scope.child('Prefix')
  const tags = scope.all('Tag')
  const [over, under] = ['ObjectSizeGreaterThan', 'ObjectSizeLessThan'].map((name) => readSize(scope, name))
  if (and && [prefix, ...tags, over, under].filter((one) => one !== undefined).length < 2) throw malformed()
  if (prefix) checkPrefix(prefix)
  checkTags(tags)
  if (over !== undefined && under !== undefined && over >= under) {
    throw conflicting("'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.")
  }
  return { hasTags: tags.length > 0, hasSizes: over !== undefined || under !== undefined }
}

function checkTags(tags: readonly XmlElement[]) {
  for (const tag of tags) {
    checkChildren(tag, ['Key', 'Value'])
    const [key, value] = [tag.get('Key'), tag.get('Value')]
    if (key === undefined || value === undefined) throw malformed()
    if (key === '' || key.length > 128)
      throw new S3Error('InvalidTag', 'The TagKey you have provided is invalid')
    if (value.length > 256) throw new S3Error('InvalidTag', 'The TagValue you have provided is invalid')
  }
  if (new Set(tags.map((tag) => tag.get('Key'))).size < tags.length)
    throw conflicting('Duplicate Tag Keys are not allowed.')
}

function readSize(scope: XmlElement, name: string) {
  const text = scope.get(name)?.trim()
  if (text === undefined) return undefined
  if (!/^-?\d{1,15}$/.test(text)) throw malformed()
  const size = Number(text)
  const least = name === 'ObjectSizeLessThan' ? 1 : 0
  if (size < least || size > largestObject)
    throw conflicting(`'${name}' should be between ${least} and ${largestObject} bytes.`)
  return size
}

function positive(parent: XmlElement, name: string, action: string) {
  const element = parent.child(name)
  if (!element) throw malformed()
  const value = readInteger(element)
  if (value < 1) throw invalid(`'${name}' for ${action} action must be a positive integer`)
  return value
}

function notNegative(parent: XmlElement, name: string, action: string) {
  const element = parent.child(name)
  if (!element) throw malformed()
  const value = readInteger(element)
  if (value < 0) throw invalid(`'${name}' for ${action} action must be nonnegative`)
  return value
}

function checkDate({ text }: XmlElement) {
  const date = text.trim()
  const isDate = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/.test(date)
  // S3 reads a time without a zone as UTC, JavaScript as local time.
  const time = Date.parse(/T/.test(date) && !/(Z|[+-]\d\d:?\d\d)$/.test(date) ? `${date}Z` : date)
  if (!isDate || Number.isNaN(time)) throw malformed()
  if (time % 86_400_000 !== 0) throw invalid("'Date' must be at midnight GMT")
}

/** Requires either Days or Date. */
function checkWhen(action: XmlElement, name: string, least: typeof positive) {
  const date = action.child('Date')
  if (Boolean(date) === Boolean(action.child('Days'))) throw malformed()
  if (date) checkDate(date)
  return date ? undefined : least(action, 'Days', name)
}

function checkExpiration(rule: XmlElement, hasTags: boolean) {
  const transitions = rule.all('Transition').map((transition) => {
    checkChildren(transition, ['Days', 'Date', 'StorageClass'])
    const days = checkWhen(transition, 'Transition', notNegative)
    return { days, storageClass: readStorageClass(transition, days) }
  })
  if (new Set(transitions.map(({ storageClass }) => storageClass)).size < transitions.length) {
    throw conflicting("'StorageClass' must be different for 'Transition' actions in same 'Rule'")
  }
  const expiration = rule.child('Expiration')
  const marker = expiration?.get('ExpiredObjectDeleteMarker')?.trim()
  let expires: number | undefined
  if (expiration) {
    checkChildren(expiration, ['Days', 'Date', 'ExpiredObjectDeleteMarker'])
    if (marker !== undefined && (!/^(true|false)$/.test(marker) || expiration.names.length > 1))
      throw malformed()
    if (marker !== undefined && hasTags)
      throw conflicting('ExpiredObjectDeleteMarker cannot be specified with Tags.')
    if (marker === undefined) expires = checkWhen(expiration, 'Expiration', positive)
  }
  const days = [
    ...transitions.map((one) => one.days),
    ...(expiration && marker === undefined ? [expires] : []),
  ]
  if (days.includes(undefined) && days.some((one) => one !== undefined)) {
    throw conflicting(
      "Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule",
    )
  }
  if (expires !== undefined && transitions.some((one) => one.days !== undefined && one.days >= expires)) {
    throw invalid(
      "'Days' in the Expiration action must be greater than 'Days' in the Transition action of the same rule",
    )
  }
}

function readStorageClass(transition: XmlElement, days: number | undefined) {
  const storageClass = transition.get('StorageClass')?.trim() ?? ''
  if (!storageClasses.includes(storageClass)) throw malformed()
  if (days !== undefined && days < 30 && /^(STANDARD|ONEZONE)_IA$/.test(storageClass)) {
    throw invalid(
      `'Days' in Transition action must be greater than or equal to 30 for storageClass '${storageClass}'`,
    )
  }
  return storageClass
}

function checkNoncurrent(rule: XmlElement) {
  const expiration = rule.child('NoncurrentVersionExpiration')
  const all = [...rule.all('NoncurrentVersionTransition'), ...(expiration ? [expiration] : [])]
  for (const action of all) {
    const isExpiration = action === expiration
    checkChildren(action, [
      'NoncurrentDays',
      'NewerNoncurrentVersions',
      ...(isExpiration ? [] : ['StorageClass']),
    ])
    const name = isExpiration ? 'NoncurrentVersionExpiration' : 'NoncurrentVersionTransition'
    const days = (isExpiration ? positive : notNegative)(action, 'NoncurrentDays', name)
    if (!isExpiration) readStorageClass(action, days)
    const newer = action.child('NewerNoncurrentVersions')
    if (!newer) continue
    const count = readInteger(newer)
    if (count < 1 || count > 100) throw invalid("'NewerNoncurrentVersions' must be between 1 and 100")
  }
}
