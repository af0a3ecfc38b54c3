'use client'

import { forwardRef, Suspense, useEffect, useId, useImperativeHandle, useMemo } from 'react'
import type { FocusEvent, ReactElement, ReactNode, Ref } from 'react'
import { useStore } from 'zustand'
import type { UploadOptions } from '../react/context.ts'
import type { FreeOptions, RouteName, RouteOptions } from '../react/register.ts'
import { later } from '../react/later.ts'
import { useUploader } from '../react/useUploader.ts'
import { chooserOf } from './chooser.ts'
import type { FieldOptions, FieldSettings } from './field.ts'
import type { StoredImage } from './form-value.ts'
import { ImageCard } from './ImageCard.tsx'
import { ImageGrid, ImageRows } from './ImageGrid.tsx'
import { lazily } from './lazily.ts'
import { LookContext } from './look.ts'
import type { Look } from './look.ts'
import { Live } from './parts/live.tsx'
import { FieldRoot } from './parts/root.tsx'
import { useScope } from './parts/scope.ts'
import type { UploadTarget } from './parts/scope.ts'
import type { TextOptions } from './texts.tsx'
import { useTexts } from './texts.tsx'
import { FieldNotice, Value } from './Value.tsx'

interface Shown extends Look, TextOptions, FieldSettings {
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

/** A single image, which a new one replaces. Null if there is none. */
interface OneImage {
  readonly multiple?: false | undefined
  readonly uploader?: undefined
  readonly value?: StoredImage | null | undefined
  readonly defaultValue?: StoredImage | null | undefined
  readonly onChange?: ((value: StoredImage | null) => void) | undefined
}

interface ManyImages {
  /** Accepts a list of images. Default: false. With `uploader`, the uploader's option decides. */
  readonly multiple: true
  readonly uploader?: undefined
  readonly value?: readonly StoredImage[] | null | undefined
  readonly defaultValue?: readonly StoredImage[] | null | undefined
  readonly onChange?: ((value: StoredImage[]) => void) | undefined
}

interface GivenUploader extends Pick<FieldOptions, 'value' | 'defaultValue' | 'onChange'> {
  readonly multiple?: boolean | undefined
  /** The result of your own `useUpload` or `useMultiUpload`. Its options replace the ones of this component. */
  readonly uploader: UploadTarget
}

type ImageValue = OneImage | ManyImages | GivenUploader

export type ImageUploaderProps<Result = unknown> = Shown & FreeOptions<Result> & ImageValue

/** Typed like the hooks: by the route of a registered handler, or by `Result`. */
interface ImageUploaderComponent {
  <Name extends RouteName>(props: Shown & RouteOptions<Name> & ImageValue): ReactElement
  <Result = unknown>(props: ImageUploaderProps<Result>): ReactElement
}

/**
 * Chooses, shows and uploads one image, or a list with `multiple`. Takes every option of `useUpload`; `accept`
 * defaults to `image/*`. With a `name` it is a form field. Needs `putaway/styles.css`.
 */
export const ImageUploader = /* @__PURE__ */ forwardRef(ImageUploaderOf) as ImageUploaderComponent // it has no overloads

interface AnyProps extends Omit<Shown, 'ref'>, UploadOptions, Omit<FieldOptions, 'uploader'> {
  readonly multiple?: boolean | undefined
  readonly uploader?: UploadTarget | undefined
}

function ImageUploaderOf({ uploader, ...props }: AnyProps, ref: Ref<ImageUploaderHandle>) {
  return uploader ? (
    <Shell {...props} uploader={uploader} handle={ref} />
  ) : (
    <OwnUploader {...props} handle={ref} />
  )
}

interface Handled {
  readonly handle: Ref<ImageUploaderHandle>
}

function OwnUploader({ multiple = false, ...props }: Omit<AnyProps, 'uploader'> & Handled) {
  const { uploader, inForce } = useUploader({ ...props, accept: props.accept ?? 'image/*' }, multiple)
  return <Shell {...props} uploader={{ ...uploader, options: inForce }} />
}

export interface LayoutProps extends Pick<Shown, 'description' | 'capture'> {
  readonly label: string
  /** Element ids of the label and the description. */
  readonly labelId: string
  readonly descriptionId: string
}

const layouts = { avatar: ImageCard, card: ImageCard, grid: ImageGrid, list: ImageRows }

function Shell({
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
}: ShellProps) {
  const id = useId()
  const look = useMemo(
    () => ({ classNames, slots, showSpeed, replaceable }),
    [classNames, slots, showSpeed, replaceable],
  )
  const multiple = uploader.options().multiple !== false
  const { store } = uploader
  useImperativeHandle(handle, () => ({ focus: () => chooserOf(store)?.focus() }), [store])
  const { messages, locale, dir } = props
  const chosen = layout ?? (multiple ? 'grid' : 'card')
  const Layout = layouts[chosen]
  const ids = { labelId: `${id}label`, descriptionId: `${id}description` }
  return (
    <LookContext.Provider value={look}>
      <FieldRoot
        options={{ ...props, uploader }}
        {...{ messages, locale, dir }}
        // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- browsers style a <fieldset>
        role="group"
        aria-labelledby={ids.labelId}
        aria-describedby={description === undefined ? undefined : ids.descriptionId}
        data-putaway="images"
        data-layout={chosen}
        onBlur={(event) => {
          if (!event.currentTarget.contains(event.relatedTarget)) onBlur?.(event)
        }}
        className={['putaway-images', classNames?.root, className].filter(Boolean).join(' ')}
      >
        {/* An element with `container-type` has no intrinsic width; the element around it has. */}
        <div className="putaway-images-body">
          <Named {...{ label, multiple }}>
            {(text) => (
              <Layout {...ids} {...{ description, capture }} label={text} round={chosen === 'avatar'} />
            )}
          </Named>
          <Refusals />
          <FormField />
          <Live className="putaway-live" />
        </div>
      </FieldRoot>
    </LookContext.Provider>
  )
}

interface ShellProps extends Omit<AnyProps, 'uploader'>, Handled {
  readonly uploader: UploadTarget
}

interface NamedProps extends Pick<Shown, 'label'> {
  readonly multiple: boolean
  readonly children: (label: string) => ReactNode
}

/** Below the root, which may provide other texts. */
function Named({ label, multiple, children }: NamedProps) {
  const { messages } = useTexts()
  return children(label ?? (multiple ? messages.images : messages.image))
}

function FormField() {
  const { field } = useScope()
  return (
    field && (
      <>
        <FieldNotice field={field} />
        <Value field={field} />
      </>
    )
  )
}

const loadNotices = () => import('./Notices.tsx').then(({ Notices }) => Notices)
const Notices = /* @__PURE__ */ lazily(loadNotices)

/** Loads the list of rejections after the first render, before files can be rejected. */
function Refusals() {
  const { uploader } = useScope()
  const some = useStore(uploader.store, ({ rejections }) => rejections.length > 0)
  useEffect(() => later(loadNotices, () => {}), [])
  return (
    some && (
      <Suspense>
        <Notices />
      </Suspense>
    )
  )
}
