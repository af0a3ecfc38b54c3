import { compilePattern } from './pattern.ts'
import { checkChildren, readInteger } from './xml-elements.ts'
import { S3Error } from './error.ts'
import { loopbackOrigins } from './loopback.ts'
import type { S3Request } from './request.ts'
import { parseXml, xmlDocument } from './xml.ts'

/** A CORS rule in the format of the AWS SDK and the S3 console. Origins and headers may contain one `*`. */
export interface CorsRule {
  ID?: string
  AllowedOrigins: string[]
  AllowedMethods: string[]
  AllowedHeaders?: string[]
  ExposeHeaders?: string[]
  /** Time that a browser may cache a preflight, in seconds. */
  MaxAgeSeconds?: number
}

/** A CORS rule that lets pages of every origin upload. */
export const openCors: CorsRule = {
  AllowedOrigins: ['*'],
  AllowedMethods: ['GET', 'PUT', 'POST', 'DELETE', 'HEAD'],
  AllowedHeaders: ['*'],
  ExposeHeaders: [
    'ETag',
    'Location',
    'Content-Range',
    'Retry-After',
    'x-amz-request-id',
    'x-amz-id-2',
    'x-amz-version-id',
    'x-amz-mp-parts-count',
    'x-amz-checksum-crc32',
    'x-amz-checksum-crc32c',
    'x-amz-checksum-crc64nvme',
    'x-amz-checksum-sha1',
    'x-amz-checksum-sha256',
    'x-amz-checksum-type',
  ],
  MaxAgeSeconds: 3600,
}

/** A CORS rule that lets pages of this machine upload: localhost and its subdomains, 127.0.0.1 and [::1], on any port. */
export const loopbackCors: CorsRule = { ...openCors, AllowedOrigins: [...loopbackOrigins] }

const methods = ['GET', 'PUT', 'POST', 'DELETE', 'HEAD']

/** @throws S3Error MalformedXML; InvalidRequest for an unsupported method */
export function parseCors(text: string): CorsRule[] {
  const root = parseXml(text, 'CORSConfiguration')
  checkChildren(root, [], ['CORSRule'])
  const rules = root.all('CORSRule')
  if (rules.length === 0 || rules.length > 100) throw new S3Error('MalformedXML')
  return rules.map((rule) => {
    checkChildren(
      rule,
      ['ID', 'MaxAgeSeconds'],
      ['AllowedOrigin', 'AllowedMethod', 'AllowedHeader', 'ExposeHeader'],
    )
    const list = (name: string) => rule.all(name).map(({ text: value }) => value.trim())
    const [AllowedOrigins, AllowedMethods] = [list('AllowedOrigin'), list('AllowedMethod')]
    if (AllowedOrigins.length === 0 || AllowedMethods.length === 0) throw new S3Error('MalformedXML')
    const unsupportedMethod = AllowedMethods.find((method) => !methods.includes(method))
    if (unsupportedMethod !== undefined) {
      throw new S3Error(
        'InvalidRequest',
        `Found unsupported HTTP method in CORS config. Unsupported method is ${unsupportedMethod}`,
      )
    }
    // The default rule has two wildcards, which S3 does not allow. It is accepted so that a client can write back the
    // configuration that it read.
    const invalidPattern = [...AllowedOrigins, ...list('AllowedHeader')].find(
      (one) => one.split('*').length > 2 && !loopbackOrigins.includes(one),
    )
    if (invalidPattern !== undefined)
      throw new S3Error('InvalidRequest', `"${invalidPattern}" can not have more than one wildcard.`)
    // They become response headers: a line break in them would break every response to a page.
    const invalidName = [...list('ExposeHeader'), ...list('AllowedHeader')].find(
      (one) => !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(one),
    )
    if (invalidName !== undefined)
      throw new S3Error('InvalidRequest', `"${invalidName}" is not a header name.`)
    const id = rule.get('ID')
    if (id !== undefined && id.length > 255) throw new S3Error('MalformedXML')
    const ageElement = rule.child('MaxAgeSeconds')
    const age = ageElement && readInteger(ageElement)
    if (age !== undefined && age < 0) throw new S3Error('MalformedXML')
    return {
      ...(id !== undefined && { ID: id }),
      AllowedOrigins,
      AllowedMethods,
      AllowedHeaders: list('AllowedHeader'),
      ExposeHeaders: list('ExposeHeader'),
      ...(age !== undefined && { MaxAgeSeconds: age }),
    }
  })
}

export const corsXml = (rules: readonly CorsRule[]) =>
  xmlDocument('CORSConfiguration', {
    CORSRule: rules.map((rule) => ({
      ID: rule.ID,
      AllowedOrigin: rule.AllowedOrigins,
      AllowedMethod: rule.AllowedMethods,
      AllowedHeader: rule.AllowedHeaders ?? [],
      ExposeHeader: rule.ExposeHeaders ?? [],
      MaxAgeSeconds: rule.MaxAgeSeconds,
    })),
  })

/** Matches a pattern in which only `*` is a wildcard: `?` stays literal. */
const matchesPattern = (pattern: string, value: string) =>
  compilePattern(pattern.replaceAll('?', '\u0000'), 'is').test(value.replaceAll('?', '\u0000'))

/** A pattern for pages of this machine matches only an origin as a browser writes it: `*` also matches `3000.evil.com`. */
const matchesOrigin = (pattern: string, origin: string) =>
  matchesPattern(pattern, origin) &&
  (!loopbackOrigins.includes(pattern) ||
    (URL.canParse(origin) && new URL(origin).origin === origin.toLowerCase()))

function findRule(rules: readonly CorsRule[], origin: string, method: string, headers: readonly string[]) {
  return rules.find(
    (rule) =>
      rule.AllowedOrigins.some((one) => matchesOrigin(one, origin)) &&
      rule.AllowedMethods.includes(method) &&
      headers.every((header) => rule.AllowedHeaders?.some((one) => matchesPattern(one, header))),
  )
}

/** S3 sends Vary even when no rule matches. */
const vary = 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method'

function grantHeaders(rule: CorsRule, origin: string): Record<string, string> {
  const isOpen = rule.AllowedOrigins.includes('*')
  return {
    'access-control-allow-origin': isOpen ? '*' : origin,
    ...(!isOpen && { 'access-control-allow-credentials': 'true' }),
    'access-control-allow-methods': rule.AllowedMethods.join(', '),
    ...(rule.ExposeHeaders?.length && { 'access-control-expose-headers': rule.ExposeHeaders.join(', ') }),
    ...(rule.MaxAgeSeconds !== undefined && { 'access-control-max-age': String(rule.MaxAgeSeconds) }),
  }
}

/** Returns the CORS headers of a response, successful or not. */
export function corsHeaders(
  rules: readonly CorsRule[] | undefined,
  { headers, method }: Pick<S3Request, 'headers' | 'method'>,
): Record<string, string> {
  if (!rules) return {}
  const { origin } = headers
  const rule = origin === undefined ? undefined : findRule(rules, origin, method, [])
  return { vary, ...(rule && origin !== undefined && grantHeaders(rule, origin)) }
}

/**
 * Returns the headers of a preflight: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTOPTIONSobject.html
 * @throws S3Error BadRequest, AccessForbidden
 */
export function preflightHeaders(
  rules: readonly CorsRule[] | undefined,
  { headers }: S3Request,
): Record<string, string> {
  const {
    origin,
    'access-control-request-method': method,
    'access-control-request-headers': requestedHeaders,
  } = headers
  if (!origin) throw new S3Error('BadRequest', 'Insufficient information. Origin request header needed.')
  if (!method || !methods.includes(method)) {
    throw new S3Error('BadRequest', `Invalid Access-Control-Request-Method: ${method ?? 'null'}`)
  }
  if (!rules) throw new S3Error('AccessForbidden', 'CORSResponse: CORS is not enabled for this bucket.')
  const names = (requestedHeaders ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter(Boolean)
  const rule = findRule(rules, origin, method, names)
  if (!rule) {
    throw new S3Error(
      'AccessForbidden',
      'CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource’s CORS spec.',
      { Method: method },
      { vary },
    )
  }
  return {
    vary,
    ...grantHeaders(rule, origin),
    ...(names.length > 0 && { 'access-control-allow-headers': names.join(', ') }),
  }
}
