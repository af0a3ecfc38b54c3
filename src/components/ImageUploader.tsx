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
  /** What the images are, as people read it: "Avatar", "Photos". Default: "Image" or "Images". */
  readonly label?: string | undefined
  /** A line for people: what is wanted, which types, how large. */
  readonly description?: ReactNode
  /** `avatar` and `card` show one image, `grid` and `list` many. Default: `card`, and `grid` with `multiple`. */
  readonly layout?: 'avatar' | 'card' | 'grid' | 'list' | undefined
  /** Asks phones for a camera: `'user'` is the one in front. */
  readonly capture?: boolean | 'user' | 'environment' | undefined
  readonly className?: string | undefined
  /** Focus has left all of it: what form libraries call touched. */
  readonly onBlur?: ((event: FocusEvent<HTMLElement>) => void) | undefined
  /** For form libraries, which focus what is wrong. */
  readonly ref?: Ref<ImageUploaderHandle> | undefined
}

export interface ImageUploaderHandle {
  /** Focuses the button that opens the picker. */
  focus(): void
}

/** One image, which the next one replaces, and null where there is none. */
interface OneImage {
  readonly multiple?: false | undefined
  readonly uploader?: undefined
  readonly value?: StoredImage | null | undefined
  readonly defaultValue?: StoredImage | null | undefined
  readonly onChange?: ((value: StoredImage | null) => void) | undefined
}

interface ManyImages {
  /** A list of images instead of one that is replaced. Default: false. With `uploader` that one decides. */
  readonly multiple: true
  readonly uploader?: undefined
  readonly value?: readonly StoredImage[] | null | undefined
  readonly defaultValue?: readonly StoredImage[] | null | undefined
  readonly onChange?: ((value: StoredImage[]) => void) | undefined
}

interface GivenUploader extends Pick<FieldOptions, 'value' | 'defaultValue' | 'onChange'> {
  readonly multiple?: boolean | undefined
  /** The result of your own `useUpload` or `useMultiUpload`, to drive it from outside; its options count then. */
  readonly uploader: UploadTarget
}

type ImageValue = OneImage | ManyImages | GivenUploader

export type ImageUploaderProps<Result = unknown> = Shown & FreeOptions<Result> & ImageValue

/** Typed as the hooks are: by the route of a registered handler, or by what `Result` asserts. */
interface ImageUploaderComponent {
  <Name extends RouteName>(props: Shown & RouteOptions<Name> & ImageValue): ReactElement
  <Result = unknown>(props: ImageUploaderProps<Result>): ReactElement
}

/**
 * Chooses, shows and uploads images: one, or with `multiple` a list of them. Takes every option of `useUpload`;
 * `accept` defaults to `image/*`. With a `name` it is a form field. Needs `putaway/styles.css`.
 */
export const ImageUploader = /* @__PURE__ */ forwardRef(ImageUploaderOf) as ImageUploaderComponent // it is any of those

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
  /** The ids of label and description. */
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
        // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- a <fieldset> has a look of its own
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
        {/* What is measured by container queries has no width of its own: the element around it has. */}
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

/** Below the root, which may bring texts of its own. */
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

/** Nothing is refused before the page is there; by then the code that says so is. */
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
