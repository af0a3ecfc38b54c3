import { readAttributes } from './attributes.ts'
import { authorize } from './access.ts'
import { declaredChecksum } from './checksums.ts'
import { S3Error } from './error.ts'
import { boundaryOf, readForm } from './form.ts'
import { commitReceived, writtenHeaders } from './objects.ts'
import type { BucketCall } from './operation.ts'
import { largestPut, receive } from './payload.ts'
import { checkParameters } from './parameters.ts'
import { checkPolicy, parsePostPolicy, withinSizes } from './policy.ts'
import { checkKeyLength, encodePath, type Answer } from './request.ts'
import { checkFormSignature } from './signature.ts'
import type { StoredObject } from './store.ts'
import { plainXml } from './xml.ts'

/**
 * Handles a form upload: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
 * Checks the policy before any byte of the file is stored, and the file size while it is received.
 */
export async function postObject(call: BucketCall): Promise<Answer> {
  const { request, store, bucket } = call
  const { fields, file } = await readForm(request.body(), boundaryOf(request.headers['content-type']))
  if (!file)
    throw new S3Error('InvalidArgument', 'POST requires exactly one file upload per request.', {
      ArgumentName: 'file',
    })
  // S3 expands ${filename} to the last path segment. Internet Explorer sends a complete path.
  const name = file.name.replace(/^.*[/\\]/s, '')
  for (const [field, value] of fields) {
    if (field !== 'policy')
      fields.set(
        field,
        value.replaceAll('${filename}', () => name),
      )
  }
  const key = fields.get('key')
  if (!key) {
    throw new S3Error(
      'InvalidArgument',
      "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.",
      { ArgumentName: 'key' },
    )
  }
  checkKeyLength(key)
  await call.meet(key)
  const sizes = await allow(call, fields, key)

  const lookup = (field: string) => fields.get(field)
  checkParameters('PostObject', [...fields.keys()], lookup)
  const attributes = readAttributes([...fields.keys()], lookup)
  const checksum = declaredChecksum(lookup)
  const bytes = withinSizes(file.bytes, [...sizes, { min: 0, max: largestPut }])
  const md5 = fields.get('content-md5')
  const received = await receive(store.disk, {
    bytes,
    ...(checksum && { checksum }),
    ...(md5 !== undefined && { md5 }),
    trailers: new Map(),
  })
  const object = await commitReceived({ store, bucket, key }, attributes, received)
  return { ...success(call, fields, object), key }
}

async function allow(
  { request, identity, bucket, authority }: BucketCall,
  fields: ReadonlyMap<string, string>,
  key: string,
) {
  const document = fields.get('policy')
  if (document === undefined) {
    // A form without a policy is anonymous, like an unsigned PUT.
    authorize(identity, bucket, 's3:PutObject', key)
    return []
  }
  await checkFormSignature(fields, authority)
  const policy = parsePostPolicy(document)
  checkPolicy(policy, fields, bucket.name, authority.now())
  authorize({ kind: 'owner', payload: request.method }, bucket, 's3:PutObject', key)
  return policy.sizes
}

/** Responds with 204, or as the form requests: 200, 201 with XML, or a redirect. */
function success(
  { request, bucket }: BucketCall,
  fields: ReadonlyMap<string, string>,
  object: StoredObject,
): Answer {
  const location = `http://${request.headers.host ?? 'localhost'}/${bucket.name}/${encodePath(object.key)}`
  const headers = { ...writtenHeaders(object), location }
  const redirect = parseUrl(fields.get('success_action_redirect') ?? fields.get('redirect') ?? '')
  if (redirect && /^https?:$/.test(redirect.protocol)) {
    redirect.searchParams.set('bucket', bucket.name)
    redirect.searchParams.set('key', object.key)
    redirect.searchParams.set('etag', headers.etag)
    return { status: 303, headers: { ...headers, location: redirect.href } }
  }
  const status = fields.get('success_action_status')
  if (status !== '201') return { status: status === '200' ? 200 : 204, headers }
  const body = { Location: location, Bucket: bucket.name, Key: object.key, ETag: headers.etag }
  return {
    status: 201,
    headers: { ...headers, 'content-type': 'application/xml' },
    body: plainXml('PostResponse', body),
  }
}

function parseUrl(text: string) {
  return URL.canParse(text) ? new URL(text) : undefined
}
