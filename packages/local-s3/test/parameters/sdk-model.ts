import * as sdk from '@aws-sdk/client-s3'

/** An operation of S3 in the model of the AWS SDK. */
export interface OperationModel {
  name: string
  method: string
  path: string
  headers: string[]
  query: string[]
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null
const resolve = (value: unknown): unknown => (typeof value === 'function' ? resolve(value()) : value)

/** `[9, namespace, name, traits, input, output]` is an operation, `[3, namespace, name, traits, names, members]` a structure. */
export function readModel(): OperationModel[] {
  return Object.entries(sdk).flatMap(([exported, schema]: [string, unknown]) => {
    if (!exported.endsWith('$') || !Array.isArray(schema) || schema[0] !== 9) return []
    const [, , name, traits, input] = schema as unknown[]
    const http = isRecord(traits) ? traits.http : undefined
    if (!Array.isArray(http) || typeof name !== 'string') return []
    const structure = resolve(input)
    const members: unknown[] = Array.isArray(structure) && Array.isArray(structure[5]) ? structure[5] : []
    const named = (trait: string) =>
      members.flatMap((member) => {
        const found: unknown = Array.isArray(member) && isRecord(member[1]) ? member[1][trait] : undefined
        return typeof found === 'string' ? [found] : []
      })
    const [method, path] = http.map(String)
    return [
      {
        name,
        method: method ?? '',
        path: path ?? '',
        headers: [
          ...named('httpHeader').map((header) => header.toLowerCase()),
          ...named('httpPrefixHeaders'),
        ],
        query: named('httpQuery'),
      },
    ]
  })
}
