import { parseTaggingXml, readObjectMetadata } from './object-metadata.ts'
import { authorize } from '../auth/bucket-policy.ts'
import { readDeclaredChecksum } from '../checksums/checksums.ts'
import { S3Error } from '../http/error.ts'
import { readBoundary, readForm } from '../http/post-form.ts'
import { commitPayload, writeResponseHeaders } from './objects.ts'
import type { BucketCall } from './operation.ts'
import { maxPutBytes, receivePayload } from './payload.ts'
import { checkBodyHasChecksum, checkParameters } from './parameters.ts'
import { checkPostPolicy, parsePostPolicy, enforceSizes } from '../auth/post-policy.ts'
import { checkKeyLength, encodePath, type S3Response } from '../http/request.ts'
import { checkFormSignature } from '../auth/sigv4-verify.ts'
import type { ObjectRecord } from '../storage/records.ts'
import { xmlWithoutNamespace } from '../http/xml.ts'

/**
 * Handles a form upload: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
 * Checks the policy before any byte of the file is stored, and the file size while it is received.
 */
export async function postObject(call: BucketCall): Promise<S3Response> {
  const { request, store, bucket } = call
  const { fields, file } = await readForm(request.body(), readBoundary(request.headers['content-type']))
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
  await call.applyFaults(key)
  const sizeRanges = await authorizeForm(call, fields, key)

  const getField = (field: string) => fields.get(field)
  checkParameters('PostObject', [...fields.keys()], getField)
  if (call.auth.requireChecksums) checkBodyHasChecksum('PostObject', [...fields.keys()], true)
  const tagging = fields.get('tagging')
  const objectMetadata = {
    ...readObjectMetadata([...fields.keys()], getField),
    ...(tagging !== undefined && { tags: parseTaggingXml(tagging) }),
  }
  const checksum = readDeclaredChecksum(getField)
  const bytes = enforceSizes(file.bytes, [...sizeRanges, { min: 0, max: maxPutBytes }])
  const md5 = fields.get('content-md5')
  const received = await receivePayload(store.disk, {
    bytes,
    ...(checksum && { checksum }),
    ...(md5 !== undefined && { md5 }),
    trailers: new Map(),
  })
  const object = await commitPayload({ store, bucket, key }, objectMetadata, received)
  return { ...successResponse(call, fields, object), key }
}

async function authorizeForm(
  { request, identity, bucket, auth }: BucketCall,
  fields: ReadonlyMap<string, string>,
  key: string,
) {
  const policyDocument = fields.get('policy')
  if (policyDocument === undefined) {
    // A form without a policy is anonymous, like an unsigned PUT.
    authorize(identity, bucket, 's3:PutObject', key)
    return []
  }
  await checkFormSignature(fields, auth)
  const policy = parsePostPolicy(policyDocument)
  checkPostPolicy(policy, fields, bucket.name, auth.now())
  authorize({ kind: 'owner', payload: request.method }, bucket, 's3:PutObject', key)
  return policy.sizeRanges
}

/** Responds with 204, or as the form requests: 200, 201 with XML, or a redirect. */
function successResponse(
  { request, bucket }: BucketCall,
  fields: ReadonlyMap<string, string>,
  object: ObjectRecord,
): S3Response {
  const location = `http://${request.headers.host ?? 'localhost'}/${bucket.name}/${encodePath(object.key)}`
  const headers = { ...writeResponseHeaders(object), location }
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
    body: xmlWithoutNamespace('PostResponse', body),
  }
}

function parseUrl(text: string) {
  return URL.canParse(text) ? new URL(text) : undefined
}
