'use client'

import { forwardRef, Fragment, useId, useImperativeHandle, useMemo } from 'react'
import type { ComponentType, ReactNode, Ref } from 'react'
import type { Accept } from '../../protocol/accept/accept.ts'
import type { UploadOptions } from '../../react/context.ts'
import { useUploadRuntime } from '../../react/context.ts'
import { useUploader } from '../../react/useUploader.ts'
import { pickerButtonOf } from '../../headless/drop/picker-registry.ts'
import type { FieldOptions } from '../../field/field-state.ts'
import { lazyComponent } from '../../react/lazy-component.ts'
import type { DisplayProps, LayoutProps, UploaderHandle } from './layout-props.ts'
import { loadListCode } from '../load-list-code.ts'
import { StylingContext } from '../styling.ts'
import { warnAboutLayout } from './layout-warning.ts'
import { LiveRegion } from '../../headless/live-region.tsx'
import { FieldRoot } from '../../headless/root.tsx'
import { useRootContext } from '../../headless/context.ts'
import { loadPageCode } from '../../headless/lazy/load-page-code.ts'
import type { UploaderLike } from '../../headless/context.ts'
import { useTexts } from '../../i18n/texts.tsx'
import { FormInputs, FormNotice } from '../../field/FormInputs.tsx'

/** Differences between `ImageUploader` and `FileUploader`. */
interface UploaderVariant {
  /** Value of `data-putaway`. */
  readonly name: 'images' | 'files'
  /** Default of the option `accept`. */
  readonly accept?: Accept
  readonly layouts: Readonly<Record<string, ComponentType<LayoutProps>>>
  /** The layout of one file, and of a list. */
  readonly defaultLayouts: readonly [single: string, multiple: string]
  /** The layouts that show only the first file of a list. */
  readonly singleLayouts?: readonly string[]
  /** Component that provides other texts to the content. */
  readonly Texts?: ComponentType<{ readonly children: ReactNode }>
}

interface CommonProps extends Omit<DisplayProps, 'ref'>, UploadOptions, Omit<FieldOptions, 'uploader'> {
  readonly layout?: string | undefined
  readonly multiple?: boolean | undefined
  readonly uploader?: UploaderLike | undefined
}

/** Creates a component that chooses, shows and uploads files, and is a form field. */
export function createUploaderField(variant: UploaderVariant) {
  return forwardRef(function UploaderField({ uploader, ...props }: CommonProps, ref: Ref<UploaderHandle>) {
    const FieldComponent = uploader ? FieldContent : FieldWithOwnUploader
    return <FieldComponent {...props} uploader={uploader as UploaderLike} variant={variant} handle={ref} /> // FieldWithOwnUploader ignores `uploader`
  })
}

interface FieldContentProps extends Omit<CommonProps, 'uploader'> {
  readonly uploader: UploaderLike
  readonly variant: UploaderVariant
  readonly handle: Ref<UploaderHandle>
}

function FieldWithOwnUploader({ multiple = false, ...props }: FieldContentProps) {
  // Has the prop `image`, which `LazyCropButton` reads.
  const options = { ...props, accept: props.accept ?? props.variant.accept }
  const { defaults } = useUploadRuntime()
  if (props.image && !props.prepare) {
    options.prepare = async (...args) => (await loadPageCode()).prepareWithImage(props, defaults, ...args)
    options.validate = async (...args) => (await loadPageCode()).validateWithImage(props, defaults, ...args)
  }
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
  camera,
  label,
  description,
  capture,
  directory,
  pageDrop,
  onBlur,
  handle,
  ...props
}: FieldContentProps) {
  const id = useId()
  const styling = useMemo(
    () => ({ classNames, slots, showSpeed, replaceable, camera }),
    [classNames, slots, showSpeed, replaceable, camera],
  )
  const multiple = uploader.options().multiple !== false
  const { store } = uploader
  useImperativeHandle(handle, () => ({ focus: () => pickerButtonOf(store)?.focus() }), [store])
  const { messages, locale, dir } = props
  const { name, layouts, defaultLayouts, Texts = Fragment } = variant
  const layoutName = layout ?? defaultLayouts[Number(multiple)] ?? ''
  const Layout = layouts[layoutName]
  if (process.env.NODE_ENV !== 'production') warnAboutLayout(variant, layoutName, multiple)
  const elementIds = { labelId: `${id}label`, descriptionId: `${id}description` }
  return (
    <StylingContext.Provider value={styling}>
      <FieldRoot
        options={{ ...props, uploader }}
        {...{ messages, locale, dir }}
        // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- browsers style a <fieldset>
        role="group"
        aria-labelledby={elementIds.labelId}
        aria-describedby={description === undefined ? undefined : elementIds.descriptionId}
        data-putaway={name}
        data-layout={layoutName}
        onBlur={(event) => {
          if (!event.currentTarget.contains(event.relatedTarget)) onBlur?.(event)
        }}
        className={['putaway-field', classNames?.root, className].filter(Boolean).join(' ')}
      >
        {/* This element, and not the one around it, is the CSS container: a container has no intrinsic width. */}
        <div className="putaway-field-body">
          <Texts>
            <Label {...{ label, multiple }}>
              {(labelText) =>
                Layout && (
                  <Layout {...elementIds} {...{ description, capture, directory }} label={labelText} />
                )
              }
            </Label>
            <LazyFieldParts {...{ label, pageDrop }} />
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

/** The label. It is a component of its own, so that it reads the texts of the `Root` component around it. */
function Label({ label, multiple, children }: LabelProps) {
  const { messages } = useTexts()
  return children(label ?? (multiple ? messages.images : messages.image))
}

function FormField() {
  const { field } = useRootContext()
  return (
    field && (
      <>
        <FormNotice field={field} />
        <FormInputs field={field} />
      </>
    )
  )
}

/** The parts below the files. With them, all code of the list loads after the first render. */
const LazyFieldParts = /* @__PURE__ */ lazyComponent(loadListCode, (module) => module.FieldParts)
