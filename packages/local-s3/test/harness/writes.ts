import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  DeleteObjectTaggingCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3ServiceException,
  UploadPartCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { createPresignedPost } from '@aws-sdk/s3-presigned-post'

/** The object at a key as a client sees it. */
export interface Content {
  body: string
  color: string
  tag: string
}
/** Undefined: no object. */
export type State = Content | undefined
/** The result of a write and the state after it; `refused` keeps the state. */
interface Step {
  state: State
  result: 'done' | 'refused'
}

export interface Write {
  name: string
  /** Sends the request and returns whether S3 accepted it. */
  run: () => Promise<'done' | 'refused'>
  /** Applies the write to the model. */
  apply: (state: State) => Step
}

export interface ObjectLocation {
  client: S3Client
  Bucket: string
  Key: string
}

const attempt = (command: Promise<unknown>): Promise<'done' | 'refused'> =>
  command.then(
    () => 'done',
    (error: unknown) => {
      if (error instanceof S3ServiceException && (error.$metadata.httpStatusCode ?? 500) < 500)
        return 'refused'
      throw error
    },
  )

const done = (state: State): Step => ({ state, result: 'done' })
const refused = (state: State): Step => ({ state, result: 'refused' })
const newBody = (size = 3000) => randomBytes(size).toString('base64')

/** A kind of write to a key. `initial` is the state of the key before, used by conditions. */
type Kind = (place: ObjectLocation, initial: { etag: string; state: State }) => Write | Promise<Write>

const put =
  (
    name: string,
    condition: (etag: string) => object,
    allows: (state: State, initial: State) => boolean,
  ): Kind =>
  ({ client, Bucket, Key }, { etag, state: initial }) => {
    const content = { body: newBody(), color: 'put', tag: 'put' }
    const { body: Body, color, tag } = content
    return {
      name,
      run: () =>
        attempt(
          client.send(
            new PutObjectCommand({
              Bucket,
              Key,
              Body,
              Metadata: { color },
              Tagging: `t=${tag}`,
              ...condition(etag),
            }),
          ),
        ),
      apply: (state) => (allows(state, initial) ? done(content) : refused(state)),
    }
  }

/** A copy of another object, with a condition on the object that it replaces. */
function copyFromAnother(
  name: string,
  condition: { readonly IfNoneMatch?: string },
  allows: (state: State) => boolean,
): Kind {
  return async ({ client, Bucket, Key }) => {
    const content = { body: newBody(), color: 'other', tag: 'other' }
    const source = `${Key}-source-${randomBytes(4).toString('hex')}`
    const { body: Body, color, tag } = content
    await client.send(
      new PutObjectCommand({ Bucket, Key: source, Body, Metadata: { color }, Tagging: `t=${tag}` }),
    )
    const copy = { Bucket, Key, CopySource: `${Bucket}/${source}`, ...condition }
    return {
      name,
      run: () => attempt(client.send(new CopyObjectCommand(copy))),
      apply: (state) => (allows(state) ? done(content) : refused(state)),
    }
  }
}

/** A multipart upload of one part, whose completion has a condition on the object that it replaces. */
function complete(
  name: string,
  condition: { readonly IfNoneMatch?: string },
  allows: (state: State) => boolean,
): Kind {
  return async ({ client, Bucket, Key }) => {
    const content = { body: newBody(), color: 'parts', tag: 'parts' }
    const { UploadId } = await client.send(
      new CreateMultipartUploadCommand({ Bucket, Key, Metadata: { color: 'parts' }, Tagging: 't=parts' }),
    )
    const upload = { Bucket, Key, UploadId }
    const { ETag } = await client.send(
      new UploadPartCommand({ ...upload, PartNumber: 1, Body: content.body }),
    )
    const completion = { ...upload, ...condition, MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] } }
    return {
      name,
      run: () => attempt(client.send(new CompleteMultipartUploadCommand(completion))),
      apply: (state) => (allows(state) ? done(content) : refused(state)),
    }
  }
}

export const kinds: Record<string, Kind> = {
  put: put(
    'put',
    () => ({}),
    () => true,
  ),
  'put if none': put(
    'put if none',
    () => ({ IfNoneMatch: '*' }),
    (state) => !state,
  ),
  'put if match': put(
    'put if match',
    (IfMatch) => ({ IfMatch }),
    (state, initial) => state !== undefined && state.body === initial?.body,
  ),
  delete: ({ client, Bucket, Key }) => ({
    name: 'delete',
    run: () => attempt(client.send(new DeleteObjectCommand({ Bucket, Key }))),
    apply: () => done(undefined),
  }),
  'delete if match': ({ client, Bucket, Key }, { etag, state: initial }) => ({
    name: 'delete if match',
    run: () => attempt(client.send(new DeleteObjectCommand({ Bucket, Key, IfMatch: etag }))),
    // Deleting a missing object succeeds, with a condition too.
    apply: (state) => (!state || state.body === initial?.body ? done(undefined) : refused(state)),
  }),
  'delete many': ({ client, Bucket, Key }) => ({
    name: 'delete many',
    run: () => attempt(client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key }] } }))),
    apply: () => done(undefined),
  }),
  tag: ({ client, Bucket, Key }) => ({
    name: 'tag',
    run: () =>
      attempt(
        client.send(
          new PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet: [{ Key: 't', Value: 'tagged' }] } }),
        ),
      ),
    apply: (state) => (state ? done({ ...state, tag: 'tagged' }) : refused(state)),
  }),
  untag: ({ client, Bucket, Key }) => ({
    name: 'untag',
    run: () => attempt(client.send(new DeleteObjectTaggingCommand({ Bucket, Key }))),
    apply: (state) => (state ? done({ ...state, tag: '' }) : refused(state)),
  }),
  'copy onto itself': ({ client, Bucket, Key }) => ({
    name: 'copy onto itself',
    run: () =>
      attempt(
        client.send(
          new CopyObjectCommand({
            Bucket,
            Key,
            CopySource: `${Bucket}/${Key}`,
            MetadataDirective: 'REPLACE',
            Metadata: { color: 'copied' },
          }),
        ),
      ),
    apply: (state) => (state ? done({ ...state, color: 'copied' }) : refused(state)),
  }),
  'copy from another': copyFromAnother('copy from another', {}, () => true),
  'copy if none': copyFromAnother('copy if none', { IfNoneMatch: '*' }, (state) => !state),
  complete: complete('complete', {}, () => true),
  'complete if none': complete('complete if none', { IfNoneMatch: '*' }, (state) => !state),
  post: async ({ client, Bucket, Key }) => {
    const content = { body: newBody(), color: 'form', tag: '' }
    const Fields = { 'x-amz-meta-color': 'form' }
    const Conditions = [{ 'x-amz-meta-color': 'form' }]
    const { url, fields } = await createPresignedPost(client, { Bucket, Key, Fields, Conditions })
    return {
      name: 'post',
      run: async () => {
        const form = new FormData()
        for (const [name, value] of Object.entries(fields)) form.append(name, value)
        form.append('file', new Blob([content.body]))
        return (await fetch(url, { method: 'POST', body: form })).ok ? 'done' : 'refused'
      },
      apply: () => done(content),
    }
  },
}

/** Reads the object of a key with its tags. */
export async function readState({ client, Bucket, Key }: ObjectLocation): Promise<State> {
  try {
    const { Body, Metadata } = await client.send(new GetObjectCommand({ Bucket, Key }))
    const body = (await Body?.transformToString()) ?? ''
    const { TagSet } = await client.send(new GetObjectTaggingCommand({ Bucket, Key }))
    return { body, color: Metadata?.color ?? '', tag: TagSet?.[0]?.Value ?? '' }
  } catch (error) {
    if (error instanceof S3ServiceException && error.name === 'NoSuchKey') return undefined
    throw error
  }
}

/** Both orders of two writes: the result of each write and the final state. */
export function bothOrders([a, b]: readonly [Write, Write], initial: State) {
  const inOrder = (first: Write, second: Write) => {
    const one = first.apply(initial)
    const two = second.apply(one.state)
    return { state: two.state, results: { [first.name]: one.result, [second.name]: two.result } }
  }
  return [inOrder(a, b), inOrder(b, a)]
}

/** Runs two concurrent writes to a new key, which initially holds an object or nothing. */
export async function runPair(place: ObjectLocation, names: readonly [string, string], withObject: boolean) {
  const { client, Bucket, Key } = place
  const content = { body: newBody(), color: 'first', tag: 'first' }
  const initial: State = withObject ? content : undefined
  let etag = '"0123456789abcdef0123456789abcdef"'
  if (withObject) {
    const { ETag } = await client.send(
      new PutObjectCommand({
        Bucket,
        Key,
        Body: content.body,
        Metadata: { color: 'first' },
        Tagging: 't=first',
      }),
    )
    etag = ETag ?? etag
  }
  const make = async (name: string, label: string): Promise<Write> => {
    const kind = kinds[name]
    assert(kind)
    return { ...(await kind(place, { etag, state: initial })), name: label }
  }
  const writes = [await make(names[0], 'first'), await make(names[1], 'second')] as const
  const [first, second] = await Promise.all(writes.map((write) => write.run()))
  const actual = { state: await readState(place), results: { first, second } }
  const orders = bothOrders(writes, initial)
  const fits = orders.some((order) => same(order, actual))
  assert(
    fits,
    `${names.join(' and ')} on ${withObject ? 'an object' : 'nothing'}: ${show(actual)} matches neither ${orders.map(show).join(' nor ')}`,
  )
}

type Outcome = { state: State; results: Record<string, string | undefined> }
const same = (a: Outcome, b: Outcome) =>
  a.results.first === b.results.first &&
  a.results.second === b.results.second &&
  a.state?.body === b.state?.body &&
  a.state?.color === b.state?.color &&
  a.state?.tag === b.state?.tag
const show = ({ state, results }: Outcome) =>
  JSON.stringify({ ...results, state: state ? { ...state, body: state.body.slice(0, 8) } : 'nothing' })

/** Every unordered pair of kinds, including a kind with itself, with and without an initial object. */
export const pairs = Object.keys(kinds).flatMap((a, index, all) =>
  all
    .slice(index)
    .flatMap((b) => [true, false].map((withObject) => ({ names: [a, b] as const, withObject }))),
)
