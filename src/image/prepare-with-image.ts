import type { ValidateFile } from '../core/rules.ts'
import { lazyModule } from '../internal/lazy-module.ts'
import type { CropChoice } from './crop/crop-requests.ts'
import type { ImageFieldOptions, ImagePreset } from './image.ts'

const loadImageProp = /* @__PURE__ */ lazyModule(() => import('./image-prop.ts'))

type FileContext = Parameters<ValidateFile>[1]

/** The props of a field that concern its pictures. */
interface ImageProps {
  readonly image?: ImageFieldOptions | ImagePreset | undefined
  readonly validate?: ValidateFile | undefined
}

/** Returns the provider's defaults. */
type GetDefaults = () => { readonly validate?: ValidateFile | undefined }

/** Prepares a file with `image()`. Its code loads when the first file is prepared. */
export async function prepareWithImage(
  { image = {} }: ImageProps,
  _getDefaults: GetDefaults,
  file: File,
  { signal }: FileContext,
): Promise<Blob> {
  const { prepareField } = await loadImageProp()
  return prepareField(image, file, signal)
}

/** Asks for another crop of a picture that was cropped before. */
export async function recropWithImage(
  ...parameters: Parameters<Awaited<ReturnType<typeof loadImageProp>>['chooseNewCrop']>
): Promise<CropChoice> {
  const imageProp = await loadImageProp()
  return imageProp.chooseNewCrop(...parameters)
}

/** Calls the app's `validate`, and then lets the user crop the file. */
export async function validateWithImage(
  { image = {}, validate }: ImageProps,
  getDefaults: GetDefaults,
  file: File,
  context: FileContext,
): Promise<Awaited<ReturnType<ValidateFile>>> {
  const refusal = await (validate ?? getDefaults().validate)?.(file, context)
  if (refusal !== undefined && refusal !== null) return refusal
  const { chooseCrop } = await loadImageProp()
  return chooseCrop(image, file, context.signal)
}
