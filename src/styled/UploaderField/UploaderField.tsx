'use client'

import { forwardRef, Fragment, useId, useImperativeHandle, useMemo } from 'react'
import type { ComponentType, ReactNode, Ref } from 'react'
import type { Accept } from '../../protocol/accept/accept.ts'
import type { UploadOptions } from '../../react/context.ts'
import { useUploader } from '../../react/useUploader.ts'
import { pickerButtonOf } from '../../headless/drop/picker-registry.ts'
import type { FieldOptions } from '../../field/field-state.ts'
import { lazyComponent } from '../../react/lazy-component.ts'
import type { DisplayProps, LayoutProps, UploaderHandle } from './layout-props.ts'
import { loadListCode } from '../load-list-code.ts'
import { StylingContext } from '../styling.ts'
import { LiveRegion } from '../../headless/live-region.tsx'
import { FieldRoot } from '../../headless/root.tsx'
import { useScope } from '../../headless/context.ts'
import { loadPageCode } from '../../headless/lazy/load-page-code.ts'
import type { UploaderLike } from '../../headless/context.ts'
import { useTexts } from '../../i18n/texts.tsx'
import { FormInputs, FormNotice } from '../../field/FormInputs.tsx'

/** Differences between `ImageUploader` and `FileUploader`. */
interface Variant {
  /** Value of `data-putaway`. */
  readonly name: 'images' | 'files'
  /** Default of the option `accept`. */
  readonly accept?: Accept
  readonly layouts: Readonly<Record<string, ComponentType<LayoutProps>>>
  /** The layout of one file, and of a list. */
  readonly defaultLayouts: readonly [single: string, multiple: string]
  /** Provides other texts to the content. */
  readonly Texts?: ComponentType<{ readonly children: ReactNode }>
}

interface CommonProps extends Omit<DisplayProps, 'ref'>, UploadOptions, Omit<FieldOptions, 'uploader'> {
  readonly layout?: string | undefined
  readonly multiple?: boolean | undefined
  readonly uploader?: UploaderLike | undefined
}

/** Creates a component that chooses, shows and uploads files, and is a form field. */
export function createUploaderField(variant: Variant) {
  return forwardRef(function UploaderField({ uploader, ...props }: CommonProps, ref: Ref<UploaderHandle>) {
    const Content = uploader ? FieldContent : OwnUploader
    return <Content {...props} uploader={uploader as UploaderLike} variant={variant} handle={ref} /> // only FieldContent reads it
  })
}

interface FieldContentProps extends Omit<CommonProps, 'uploader'> {
  readonly uploader: UploaderLike
  readonly variant: Variant
  readonly handle: Ref<UploaderHandle>
}

function OwnUploader({ multiple = false, image, ...props }: FieldContentProps) {
  const options = { ...props, accept: props.accept ?? props.variant.accept }
  if (image)
    options.prepare ??= async (file, context) => (await loadPageCode()).prepareWithImage(image, file, context)
  const { uploader, resolveOptions } = useUploader(options, multiple)
  return <FieldContent {...props} uploader={{ ...uploader, options: resolveOptions }} />
}

function FieldContent({
  uploader,
  variant,
  layout,
  className,
  classNames,
  slots,
  showSpeed,
  replaceable,
  label,
  description,
  capture,
  directory,
  onBlur,
  handle,
  ...props
}: FieldContentProps) {
  const id = useId()
  const styling = useMemo(
    () => ({ classNames, slots, showSpeed, replaceable }),
    [classNames, slots, showSpeed, replaceable],
  )
  const multiple = uploader.options().multiple !== false
  const { store } = uploader
  useImperativeHandle(handle, () => ({ focus: () => pickerButtonOf(store)?.focus() }), [store])
  const { messages, locale, dir } = props
  const { name, layouts, defaultLayouts, Texts = Fragment } = variant
  const layoutName = layout ?? defaultLayouts[Number(multiple)] ?? ''
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
        data-putaway={name}
        data-layout={layoutName}
        onBlur={(event) => {
          if (!event.currentTarget.contains(event.relatedTarget)) onBlur?.(event)
        }}
        className={['putaway-field', classNames?.root, className].filter(Boolean).join(' ')}
      >
        {/* An element with `container-type` has no intrinsic width; the element around it has. */}
        <div className="putaway-field-body">
          <Texts>
            <Label {...{ label, multiple }}>
              {(text) => Layout && <Layout {...ids} {...{ description, capture, directory }} label={text} />}
            </Label>
            <LazyRejectionList />
            <FormField />
            <LiveRegion className="putaway-live" />
          </Texts>
        </div>
      </FieldRoot>
    </StylingContext.Provider>
  )
}

interface LabelProps extends Pick<DisplayProps, 'label'> {
  readonly multiple: boolean
  readonly children: (label: string) => ReactNode
}

/** The label. It is a component of its own, so that it reads the texts that the root around it provides. */
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

/** Renders nothing while no file is rejected. With it, all code of the list loads after the first render. */
const LazyRejectionList = /* @__PURE__ */ lazyComponent(loadListCode, (module) => module.RejectionList)
