'use client'

import { forwardRef, Suspense, useEffect, useId, useImperativeHandle, useMemo } from 'react'
import type { ReactElement, ReactNode, Ref } from 'react'
import { useStore } from 'zustand'
import type { UploadOptions } from '../../react/context.ts'
import type { UnregisteredOptions, RouteName, RouteOptions } from '../../react/register.ts'
import { loadPageCode } from '../../headless/load-page-code.ts'
import { lazyModule, whenLoaded } from '../../internal/lazy-module.ts'
import { useUploader } from '../../react/useUploader.ts'
import { pickerButtonOf } from '../../headless/drop/picker-registry.ts'
import type { FieldOptions } from '../../field/field-state.ts'
import type { StoredImage } from '../../field/stored-image.ts'
import { SingleImage } from './SingleImage.tsx'
import { ImageGrid } from './ImageGrid.tsx'
import { ImageRows } from './ImageRows.tsx'
import { lazyComponent } from '../../react/lazy-component.ts'
import type { DisplayProps, ImageUploaderHandle } from './layout-props.ts'
import { StylingContext } from '../styling.ts'
import { LiveRegion } from '../../headless/live-region.tsx'
import { FieldRoot } from '../../headless/root.tsx'
import { useScope } from '../../headless/context.ts'
import type { UploaderLike } from '../../headless/context.ts'
import { useTexts } from '../../i18n/texts.tsx'
import { FormInputs, FormNotice } from '../../field/FormInputs.tsx'

/** A single image, which a new one replaces. Null if there is none. */
interface SingleImageProps {
  readonly multiple?: false | undefined
  readonly uploader?: undefined
  readonly value?: StoredImage | null | undefined
  readonly defaultValue?: StoredImage | null | undefined
  readonly onChange?: ((value: StoredImage | null) => void) | undefined
}

interface MultipleImagesProps {
  /** Accepts a list of images. Default: false. With `uploader`, the uploader's option decides. */
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

type ImageValueProps = SingleImageProps | MultipleImagesProps | ExternalUploaderProps

export type ImageUploaderProps<Result = unknown> = DisplayProps &
  UnregisteredOptions<Result> &
  ImageValueProps

/** Typed like the hooks: by the route of a registered handler, or by `Result`. */
interface ImageUploaderComponent {
  <Name extends RouteName>(props: DisplayProps & RouteOptions<Name> & ImageValueProps): ReactElement
  <Result = unknown>(props: ImageUploaderProps<Result>): ReactElement
}

/**
 * Chooses, shows and uploads one image, or a list with `multiple`. Takes every option of `useUpload`; `accept`
 * defaults to `image/*`. With a `name` it is a form field. Needs `putaway/styles.css`.
 */
export const ImageUploader = /* @__PURE__ */ forwardRef(ImageUploaderWithRef) as ImageUploaderComponent // it has no overloads

interface CommonProps extends Omit<DisplayProps, 'ref'>, UploadOptions, Omit<FieldOptions, 'uploader'> {
  readonly multiple?: boolean | undefined
  readonly uploader?: UploaderLike | undefined
}

function ImageUploaderWithRef({ uploader, ...props }: CommonProps, ref: Ref<ImageUploaderHandle>) {
  return uploader ? (
    <ImageUploaderRoot {...props} uploader={uploader} handle={ref} />
  ) : (
    <OwnUploader {...props} handle={ref} />
  )
}

interface HandleProps {
  readonly handle: Ref<ImageUploaderHandle>
}

function OwnUploader({ multiple = false, image, ...props }: Omit<CommonProps, 'uploader'> & HandleProps) {
  const options = { ...props, accept: props.accept ?? 'image/*' }
  if (image)
    options.prepare ??= async (file, context) => (await loadPageCode()).prepareWithImage(image, file, context)
  const { uploader, resolveOptions } = useUploader(options, multiple)
  return <ImageUploaderRoot {...props} uploader={{ ...uploader, options: resolveOptions }} />
}

const layouts = { avatar: SingleImage, card: SingleImage, grid: ImageGrid, list: ImageRows }

function ImageUploaderRoot({
  uploader,
  layout,
  className,
  classNames,
  slots,
  showSpeed,
  replaceable,
  label,
  description,
  capture,
  onBlur,
  handle,
  ...props
}: ImageUploaderRootProps) {
  const id = useId()
  const styling = useMemo(
    () => ({ classNames, slots, showSpeed, replaceable }),
    [classNames, slots, showSpeed, replaceable],
  )
  const multiple = uploader.options().multiple !== false
  const { store } = uploader
  useImperativeHandle(handle, () => ({ focus: () => pickerButtonOf(store)?.focus() }), [store])
  const { messages, locale, dir } = props
  const layoutName = layout ?? (multiple ? 'grid' : 'card')
  const Layout = layouts[layoutName]
  const ids = { labelId: `${id}label`, descriptionId: `${id}description` }
  return (
    <StylingContext.Provider value={styling}>
      <FieldRoot
        options={{ ...props, uploader }}
        {...{ messages, locale, dir }}
        // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- browsers style a <fieldset>
        role="group"
        aria-labelledby={ids.labelId}
        aria-describedby={description === undefined ? undefined : ids.descriptionId}
        data-putaway="images"
        data-layout={layoutName}
        onBlur={(event) => {
          if (!event.currentTarget.contains(event.relatedTarget)) onBlur?.(event)
        }}
        className={['putaway-images', classNames?.root, className].filter(Boolean).join(' ')}
      >
        {/* An element with `container-type` has no intrinsic width; the element around it has. */}
        <div className="putaway-images-body">
          <Label {...{ label, multiple }}>
            {(text) => (
              <Layout {...ids} {...{ description, capture }} label={text} round={layoutName === 'avatar'} />
            )}
          </Label>
          <LazyRejectionList />
          <FormField />
          <LiveRegion className="putaway-live" />
        </div>
      </FieldRoot>
    </StylingContext.Provider>
  )
}

interface ImageUploaderRootProps extends Omit<CommonProps, 'uploader'>, HandleProps {
  readonly uploader: UploaderLike
}

interface LabelProps extends Pick<DisplayProps, 'label'> {
  readonly multiple: boolean
  readonly children: (label: string) => ReactNode
}

/** Below the root, which may provide other texts. */
function Label({ label, multiple, children }: LabelProps) {
  const { messages } = useTexts()
  return children(label ?? (multiple ? messages.images : messages.image))
}

function FormField() {
  const { field } = useScope()
  return (
    field && (
      <>
        <FormNotice field={field} />
        <FormInputs field={field} />
      </>
    )
  )
}

const loadRejectionList = /* @__PURE__ */ lazyModule(() => import('../RejectionList.tsx'))
const LoadedRejectionList = /* @__PURE__ */ lazyComponent(loadRejectionList, (module) => module.RejectionList)

/** Loads the list of rejections after the first render, before files can be rejected. */
function LazyRejectionList() {
  const { uploader } = useScope()
  const hasRejections = useStore(uploader.store, ({ rejections }) => rejections.length > 0)
  useEffect(() => whenLoaded(loadRejectionList, () => {}), [])
  return (
    hasRejections && (
      <Suspense>
        <LoadedRejectionList />
      </Suspense>
    )
  )
}
