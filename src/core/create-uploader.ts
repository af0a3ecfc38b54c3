import { checkOptions } from './check-options.ts'
import * as effects from './effects.ts'
import { transition } from './machine/machine.ts'
import type { UploaderOptions } from './options.ts'
import type { UploadPorts } from './ports.ts'
import { createLazyUploader } from './uploader.ts'
import type { Uploader } from './uploader-types.ts'

/**
 * Creates the engine of one list of items. It does not need React: `useUpload` and `useMultiUpload` subscribe to an
 * engine. Options may be a function, which is called every time an option is needed. While an app is developed,
 * throws a TypeError for a wrong option.
 */
export function createUploader<Result>(
  ports: UploadPorts<Result>,
  options: UploaderOptions<Result> | (() => UploaderOptions<Result>) = {},
): Uploader<Result> {
  if (process.env.NODE_ENV !== 'production' && typeof options === 'object') checkOptions(options)
  return createLazyUploader(async () => ({ ...effects, transition }), ports, options)
}
