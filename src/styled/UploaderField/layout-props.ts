import type { FocusEvent, ReactNode, Ref } from 'react'
import type { FieldOptions, FieldSettings } from '../../field/field-state.ts'
import type { StoredImage } from '../../field/stored-image.ts'
import type { UploaderLike } from '../../headless/context.ts'
import type { ImageFieldOptions, ImagePreset } from '../../image/image.ts'
import type { TextOptions } from '../../i18n/UploadI18nProvider.tsx'
import type { Styling } from '../styling.ts'

/** Props of `ImageUploader` and `FileUploader` that control their look and their texts. */
export interface DisplayProps extends Styling, TextOptions, FieldSettings {
  /** Visible label: "Avatar", "Photos". Default: "Image" or "Images", "File" or "Files". */
  readonly label?: string | undefined
  /** Help text, for example the accepted types and sizes. */
  readonly description?: ReactNode
  /** Opens the camera on phones: `'user'` is the front camera. */
  readonly capture?: boolean | 'user' | 'environment' | undefined
  /** Adds a button to a list that chooses a folder. A text becomes the label of the button. Default: false. */
  readonly directory?: boolean | string | undefined
  /**
   * Accepts files that are dropped anywhere on the page, or pasted while no text field has focus. While files are over
   * the page, an overlay says that they are added to `label`. Default: false.
   */
  readonly pageDrop?: boolean | undefined
  /**
   * Scales pictures down, turns them upright and removes their location before they are uploaded. `photo`: at most 2560
   * x 2560 pixels. `avatar`: a square of at most 512 x 512 pixels, which the user crops in a dialog. An object has the
   * options of `image` from `putaway/image`, and `crop`. The code for pictures loads with the first file. Ignored if
   * `prepare` is set.
   */
  readonly image?: ImagePreset | ImageFieldOptions | undefined
  readonly className?: string | undefined
  /** Called when focus leaves the component. Form libraries then mark the field as touched. */
  readonly onBlur?: ((event: FocusEvent<HTMLElement>) => void) | undefined
  /** Lets form libraries focus an invalid field. */
  readonly ref?: Ref<UploaderHandle> | undefined
}

export interface UploaderHandle {
  /** Focuses the button that opens the picker. */
  focus(): void
}

/** Props for one file. The next file replaces it. The value is null if there is no file. */
interface SingleFileProps {
  readonly multiple?: false | undefined
  readonly uploader?: undefined
  readonly value?: StoredImage | null | undefined
  readonly defaultValue?: StoredImage | null | undefined
  readonly onChange?: ((value: StoredImage | null) => void) | undefined
}

interface MultipleFilesProps {
  /** The field holds a list of files. Without `multiple: true`, the field holds one file. */
  readonly multiple: true
  readonly uploader?: undefined
  readonly value?: readonly StoredImage[] | null | undefined
  readonly defaultValue?: readonly StoredImage[] | null | undefined
  readonly onChange?: ((value: StoredImage[]) => void) | undefined
}

interface ExternalUploaderProps extends Pick<FieldOptions, 'value' | 'defaultValue' | 'onChange'> {
  readonly multiple?: boolean | undefined
  /** The result of your own `useUpload` or `useMultiUpload`. Its options replace the ones of this component. */
  readonly uploader: UploaderLike
}

export type FieldValueProps = SingleFileProps | MultipleFilesProps | ExternalUploaderProps

/** Props of a layout. */
export interface LayoutProps extends Pick<DisplayProps, 'description' | 'capture' | 'directory'> {
  readonly label: string
  /** Element ids of the label and the description. */
  readonly labelId: string
  readonly descriptionId: string
}
