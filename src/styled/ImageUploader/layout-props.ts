import type { FocusEvent, ReactNode, Ref } from 'react'
import type { FieldSettings } from '../../field/field-state.ts'
import type { ImageOptions, ImagePreset } from '../../image/image.ts'
import type { TextOptions } from '../../i18n/UploadI18nProvider.tsx'
import type { Styling } from '../styling.ts'

/** Props of `ImageUploader` that decide how it looks and what it says. */
export interface DisplayProps extends Styling, TextOptions, FieldSettings {
  /** Visible label: "Avatar", "Photos". Default: "Image" or "Images". */
  readonly label?: string | undefined
  /** Help text, for example the accepted types and sizes. */
  readonly description?: ReactNode
  /**
   * Layout. `avatar` and `card` show one image, `grid` and `list` many. Default: `card`, or `grid` with `multiple`.
   */
  readonly layout?: 'avatar' | 'card' | 'grid' | 'list' | undefined
  /** Opens the camera on phones: `'user'` is the front camera. */
  readonly capture?: boolean | 'user' | 'environment' | undefined
  /**
   * Makes pictures smaller, upright and private before they are uploaded: `photo` (2560 pixels), `avatar` (512 pixels) or
   * the options of `image` from `putaway/image`, whose code loads with the first file. Not used with `prepare`.
   */
  readonly image?: ImagePreset | ImageOptions | undefined
  readonly className?: string | undefined
  /** Called when focus leaves the component; form libraries use it for "touched". */
  readonly onBlur?: ((event: FocusEvent<HTMLElement>) => void) | undefined
  /** Lets form libraries focus an invalid field. */
  readonly ref?: Ref<ImageUploaderHandle> | undefined
}

export interface ImageUploaderHandle {
  /** Focuses the button that opens the picker. */
  focus(): void
}

/** Props of a layout. */
export interface LayoutProps extends Pick<DisplayProps, 'description' | 'capture'> {
  readonly label: string
  /** Element ids of the label and the description. */
  readonly labelId: string
  readonly descriptionId: string
}
