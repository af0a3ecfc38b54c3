import { UploadError } from '../../protocol/errors.ts'
import type { UploadPhase } from '../../protocol/errors.ts'
import type { Meta } from '../../protocol/ticket.ts'

/** A schema of zod, valibot, arktype or any other library that implements https://standardschema.dev, version 1. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/**
 * Validates a file's meta and returns the schema's output. Throws an UploadError `rejected` with the schema's messages.
 */
export async function parseMeta(
  schema: StandardSchema | undefined,
  meta: Meta,
  phase: UploadPhase,
): Promise<unknown> {
  if (!schema) return meta
  const result = await schema['~standard'].validate(meta)
  if (!result.issues) return result.value

  throw new UploadError('rejected', {
    phase,
    message: result.issues.map((issue) => `${issuePathOf(issue)}: ${issue.message}`).join('; '),
    text: result.issues.map(({ message }) => message).join(' '),
  })
}

function issuePathOf({ path = [] }: SchemaIssue): string {
  const keys = path.map((part) => String(typeof part === 'object' ? part.key : part))
  return ['meta', ...keys].join('.')
}
