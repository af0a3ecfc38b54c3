/** The components that a module exports, by name. Components of `forwardRef` are objects. */
export function componentsOf(module: object): [name: string, component: unknown][] {
  return Object.entries(module).filter(
    ([name, value]) =>
      /^[A-Z]/.test(name) &&
      (typeof value === 'function'
        ? !(value.prototype instanceof Error)
        : typeof value === 'object' && value !== null && '$$typeof' in value),
  )
}
