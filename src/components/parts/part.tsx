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

/** Props of a part: those of its element, its own, and two ways to render it differently. */
export type PartProps<Element extends Tag, State, Own = unknown> = Omit<
  ComponentPropsWithoutRef<Element>,
  'children' | keyof Own
> &
  Own & {
    /** What stands in the part, in place of its own content; a function is told the part's state. */
    readonly children?: ReactNode | ((state: State) => ReactNode)
    /** Another element in place of the part's: give it all of `props`. */
    readonly render?: ((props: ComponentPropsWithoutRef<Element>, state: State) => ReactElement) | undefined
  }

export type Part<Element extends Tag, State, Own = unknown> = ForwardRefExoticComponent<
  PartProps<Element, State, Own> & RefAttributes<ComponentRef<Element>>
>

/** What a part is right now. */
interface Made<State> {
  readonly state: State
  /** For the element. What the caller gave is in it. */
  readonly props: object
  /** Its own content. */
  readonly children?: ReactNode
  /** What works in it and is not seen. */
  readonly beside?: ReactNode
  /** Rendered after the element, as its sibling. */
  readonly sibling?: ReactNode
}

/**
 * Makes a part of a hook that says what it is, or undefined where there is nothing to show. It has no class names; CSS
 * finds it by `data-part` and by what the hook says of its state.
 */
export function part<Element extends Tag, State, Own = unknown>(
  name: string,
  tag: Element,
  useMade: (
    given: Omit<PartProps<Element, State, Own>, 'children' | 'render'>,
    ref: ForwardedRef<ComponentRef<Element>>,
  ) => Made<State> | undefined,
): Part<Element, State, Own> {
  // React 18.3 gives a ref only this way.
  const Made = forwardRef<ComponentRef<Element>, PartProps<Element, State, Own>>((given, ref) => {
    const { children, render, ...rest } = given as PartProps<Element, State>
    const made = useMade(rest as Parameters<typeof useMade>[0], ref) // a generic rest is beyond the compiler
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
    // Both only pass the ref on.
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

/** The caller's handler first; ours unless that one prevented it. */
export function after<Event extends { readonly defaultPrevented: boolean }>(
  first: ((event: Event) => void) | undefined,
  then: (event: Event) => void,
): (event: Event) => void {
  return (event) => {
    first?.(event)
    if (!event.defaultPrevented) then(event)
  }
}

/** One ref that fills two. */
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
