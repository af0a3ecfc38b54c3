'use client'

import type { ReactElement } from 'react'
import type { UnregisteredOptions, RouteName, RouteOptions } from '../../react/register.ts'
import type { DisplayProps, FieldValueProps } from '../UploaderField/layout-props.ts'
import { createUploaderField } from '../UploaderField/UploaderField.tsx'
import { ListLayout } from '../UploaderField/ListLayout.tsx'
import { Avatar, SingleImage } from './SingleImage.tsx'
import { ImageGrid } from './ImageGrid.tsx'

interface ImageDisplayProps extends DisplayProps {
  /**
   * Layout. `avatar` and `card` show one image, `grid` and `list` many. Default: `card`, or `grid` with `multiple`.
   */
  readonly layout?: 'avatar' | 'card' | 'grid' | 'list' | undefined
}

export type ImageUploaderProps<Result = unknown> = ImageDisplayProps &
  UnregisteredOptions<Result> &
  FieldValueProps

/** Has the types of the hooks: the result is typed by the route of a registered handler, or by `Result`. */
interface ImageUploaderComponent {
  <Name extends RouteName>(props: ImageDisplayProps & RouteOptions<Name> & FieldValueProps): ReactElement
  <Result = unknown>(props: ImageUploaderProps<Result>): ReactElement
}

/**
 * Chooses, shows and uploads one image, or a list with `multiple`. Takes every option of `useUpload`; `accept`
 * defaults to `image/*`. With a `name` it is a form field. Needs `putaway/styles.css`.
 */
export const ImageUploader = /* @__PURE__ */ createUploaderField({
  name: 'images',
  accept: 'image/*',
  layouts: { avatar: Avatar, card: SingleImage, grid: ImageGrid, list: ListLayout },
  defaultLayouts: ['card', 'grid'],
  singleLayouts: ['avatar', 'card'],
}) as ImageUploaderComponent // forwardRef cannot declare overloads
