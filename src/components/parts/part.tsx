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

type Tag = 'button' | 'div' | 'input' | 'li' | 'span' | 'ul'

/** Props of a part: its element's props, its own, and two ways to change what it renders. */
export type PartProps<Element extends Tag, State, Own = unknown> = Omit<
  ComponentPropsWithoutRef<Element>,
  'children' | keyof Own
> &
  Own & {
    /** Replaces the part's content. A function receives the part's state. */
    readonly children?: ReactNode | ((state: State) => ReactNode)
    /** Replaces the part's element. Spread all of `props` on the new one. */
    readonly render?: ((props: ComponentPropsWithoutRef<Element>, state: State) => ReactElement) | undefined
  }

export type Part<Element extends Tag, State, Own = unknown> = ForwardRefExoticComponent<
  PartProps<Element, State, Own> & RefAttributes<ComponentRef<Element>>
>

/** What a part renders. */
interface Made<State> {
  readonly state: State
  /** Props of the element, including the caller's. */
  readonly props: object
  /** Default content. */
  readonly children?: ReactNode
  /** Invisible content, rendered after the visible content. */
  readonly beside?: ReactNode
  /** Rendered after the element, as its sibling. */
  readonly sibling?: ReactNode
}

/**
 * Creates a part from a hook that returns its state and props, or undefined to render nothing. Parts have no class
 * names: CSS selects them by `data-part` and the hook's data attributes.
 */
export function part<Element extends Tag, State, Own = unknown>(
  name: string,
  tag: Element,
  useMade: (
    given: Omit<PartProps<Element, State, Own>, 'children' | 'render'>,
    ref: ForwardedRef<ComponentRef<Element>>,
  ) => Made<State> | undefined,
): Part<Element, State, Own> {
  // React 18.3 passes a ref only through forwardRef.
  const Made = forwardRef<ComponentRef<Element>, PartProps<Element, State, Own>>((given, ref) => {
    const { children, render, ...rest } = given as PartProps<Element, State>
    const made = useMade(rest as Parameters<typeof useMade>[0], ref) // TypeScript cannot type the rest of a generic
    if (!made) return null
    const inner =
      typeof children === 'function'
        ? children(made.state)
        : children === undefined
          ? made.children
          : children
    const props = {
      ref,
      'data-part': name,
      ...made.props,
      ...(tag !== 'input' && {
        children:
          'beside' in made ? (
            <>
              {inner}
              {made.beside}
            </>
          ) : (
            inner
          ),
      }),
    }
    // Both branches only pass the ref to an element.
    const element = render
      ? // oxlint-disable-next-line react/refs
        render(props as unknown as ComponentPropsWithoutRef<Element>, made.state) // as above
      : // oxlint-disable-next-line react/refs
        createElement(tag, props)
    return 'sibling' in made ? createElement(Fragment, null, element, made.sibling) : element
  })
  Made.displayName = `Upload.${name}`
  return Made as unknown as Part<Element, State, Own> // as above
}

/** Calls the caller's handler, then ours unless the caller prevented the event. */
export function after<Event extends { readonly defaultPrevented: boolean }>(
  first: ((event: Event) => void) | undefined,
  then: (event: Event) => void,
): (event: Event) => void {
  return (event) => {
    first?.(event)
    if (!event.defaultPrevented) then(event)
  }
}

/** Merges two refs. */
export function useBoth<Element>(
  own: RefCallback<Element> | RefObject<Element | null>,
  given: ForwardedRef<Element>,
): RefCallback<Element> {
  return useCallback(
    (element) => {
      for (const ref of [own, given]) {
        if (typeof ref === 'function') ref(element)
        else if (ref) ref.current = element
      }
    },
    [own, given],
  )
}
