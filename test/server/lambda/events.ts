import type { LambdaEvent } from '../../../src/server/index.ts'

/**
 * Events as AWS documents them for one POST of a page. No account was available to record them:
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads,
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html and
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 */
interface PagePost {
  readonly body: string
  readonly isBase64Encoded?: boolean
}

const cookies = ['session=anna', 'theme=dark']
const pageHeaders = {
  accept: '*/*',
  'content-type': 'application/json',
  origin: 'https://your.app',
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0.0.0',
  'x-forwarded-for': '203.0.113.7',
  'x-forwarded-port': '443',
  'x-forwarded-proto': 'https',
}

function format2(host: string, stage: string, post: PagePost, more: object = {}) {
  const rawPath = stage === '$default' ? '/api/uploads' : `/${stage}/api/uploads`
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString: 'route=photos&page=a%20b',
    cookies,
    headers: { ...pageHeaders, host, 'content-length': String(post.body.length) },
    queryStringParameters: { route: 'photos', page: 'a b' },
    requestContext: {
      accountId: '123456789012',
      apiId: host.split('.')[0],
      domainName: host,
      domainPrefix: host.split('.')[0],
      http: {
        method: 'POST',
        path: rawPath,
        protocol: 'HTTP/1.1',
        sourceIp: '203.0.113.7',
        userAgent: pageHeaders['user-agent'],
      },
      requestId: 'JKJaXmPLvHcESHA=',
      routeKey: '$default',
      stage,
      time: '29/Nov/2026:08:20:00 +0000',
      timeEpoch: 1_795_940_400_000,
      ...more,
    },
    isBase64Encoded: false,
    ...post,
  }
}

function format1(post: PagePost) {
  const host = 'abcdef1234.execute-api.eu-central-1.amazonaws.com'
  const headers: Record<string, string> = {
    Accept: pageHeaders.accept,
    'Content-Type': pageHeaders['content-type'],
    Cookie: cookies.join('; '),
    Host: host,
    Origin: pageHeaders.origin,
    'X-Forwarded-Proto': 'https',
    'X-Trace': 'b',
  }
  const multiValueHeaders = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, [value]]),
  )
  return {
    resource: '/{proxy+}',
    path: '/api/uploads',
    httpMethod: 'POST',
    headers,
    multiValueHeaders: { ...multiValueHeaders, 'X-Trace': ['a', 'b'] },
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    pathParameters: { proxy: 'api/uploads' },
    stageVariables: null,
    requestContext: {
      accountId: '123456789012',
      apiId: 'abcdef1234',
      domainName: host,
      domainPrefix: 'abcdef1234',
      httpMethod: 'POST',
      identity: { sourceIp: '203.0.113.7', userAgent: pageHeaders['user-agent'] },
      path: '/prod/api/uploads',
      protocol: 'HTTP/1.1',
      requestId: 'b7e5e1f6-ffd3-4f4c-9d4b-0f2b1c9a7a10',
      resourcePath: '/{proxy+}',
      stage: 'prod',
    },
    isBase64Encoded: false,
    ...post,
  }
}

const jwt = { authorizer: { jwt: { claims: { sub: 'anna' }, scopes: null } } }

/** Each kind of event, made for a body. */
export const events: Readonly<Record<string, (post: PagePost) => LambdaEvent>> = {
  'a function URL': (post) => format2('abcdefghij.lambda-url.eu-central-1.on.aws', '$default', post),
  'an HTTP API': (post) => format2('abcdef1234.execute-api.eu-central-1.amazonaws.com', 'prod', post, jwt),
  'a REST API': format1,
}
