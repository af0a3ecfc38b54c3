import { createElement, forwardRef, Fragment, useCallback } from 'react'
import type {
  ComponentPropsWithoutRef,
  ComponentRef,
  ForwardedRef,
  ForwardRefExoticComponent,
  ReactElement,
  ReactNode,
  RefAttributes,
  RefCallback,
  RefObject,
} from 'react'

type PartTag = 'button' | 'div' | 'input' | 'li' | 'span' | 'ul'

/**
 * Props of a headless part, such as `Upload.Trigger`: the props of its element, props of the part itself, and two props
 * that change what the part renders.
 */
export type PartProps<Element extends PartTag, State, ExtraProps = unknown> = Omit<
  ComponentPropsWithoutRef<Element>,
  'children' | keyof ExtraProps
> &
  ExtraProps & {
    /** Replaces the part's content. A function receives the part's state. */
    readonly children?: ReactNode | ((state: State) => ReactNode)
    /** Replaces the part's element. Spread all of `props` on the new one. */
    readonly render?: ((props: ComponentPropsWithoutRef<Element>, state: State) => ReactElement) | undefined
  }

export type Part<Element extends PartTag, State, ExtraProps = unknown> = ForwardRefExoticComponent<
  PartProps<Element, State, ExtraProps> & RefAttributes<ComponentRef<Element>>
>

/** Content that a headless part renders. */
interface PartContent<State> {
  readonly state: State
  /** Props of the element, including the caller's. */
  readonly props: object
  /** Default content. */
  readonly children?: ReactNode
  /** Rendered after the element, as its sibling. */
  readonly sibling?: ReactNode
}

/**
 * Creates a headless part (a component such as `Upload.Trigger`) from a hook. The hook returns the part's state and
 * props, or undefined to render nothing. Parts have no class names. CSS selects them by `data-part` and by the data
 * attributes that the hook returns.
 */
export function createPart<Element extends PartTag, State, ExtraProps = unknown>(
  name: string,
  tag: Element,
  usePart: (
    partProps: Omit<PartProps<Element, State, ExtraProps>, 'children' | 'render'>,
    ref: ForwardedRef<ComponentRef<Element>>,
  ) => PartContent<State> | undefined,
): Part<Element, State, ExtraProps> {
  // React 18.3 passes a ref only through forwardRef.
  const PartComponent = forwardRef<ComponentRef<Element>, PartProps<Element, State, ExtraProps>>(
    (partProps, ref) => {
      const { children, render, ...rest } = partProps as PartProps<Element, State>
      const content = usePart(rest as Parameters<typeof usePart>[0], ref) // TypeScript cannot type the rest of generic props
      if (!content) return null
      const renderedChildren =
        typeof children === 'function'
          ? children(content.state)
          : children === undefined
            ? content.children
            : children
      const props = {
        ref,
        'data-part': name,
        ...content.props,
        ...(tag !== 'input' && {
          children: renderedChildren,
        }),
      }
      // The lint rule is disabled because both branches only pass the ref to an element and do not read it.
      const element = render
        ? // oxlint-disable-next-line react/refs
          render(props as unknown as ComponentPropsWithoutRef<Element>, content.state) // TypeScript cannot type props of a generic element
        : // oxlint-disable-next-line react/refs
          createElement(tag, props)
      return 'sibling' in content ? createElement(Fragment, null, element, content.sibling) : element
    },
  )
  PartComponent.displayName = `Upload.${name}`
  return PartComponent as unknown as Part<Element, State, ExtraProps> // forwardRef loses the generic types
}

/** Calls the event handler of the caller, then the component's own handler unless the caller prevented the event. */
export function composeHandlers<Event extends { readonly defaultPrevented: boolean }>(
  callerHandler: ((event: Event) => void) | undefined,
  partHandler: (event: Event) => void,
): (event: Event) => void {
  return (event) => {
    callerHandler?.(event)
    if (!event.defaultPrevented) partHandler(event)
  }
}

/** Merges two refs. */
export function useMergedRefs<Element>(
  ownRef: RefCallback<Element> | RefObject<Element | null>,
  callerRef: ForwardedRef<Element>,
): RefCallback<Element> {
  return useCallback(
    (element) => {
      for (const ref of [ownRef, callerRef]) {
        if (typeof ref === 'function') ref(element)
        else if (ref) ref.current = element
      }
    },
    [ownRef, callerRef],
  )
}
