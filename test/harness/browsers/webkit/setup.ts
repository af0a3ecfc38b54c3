import { locators, page } from 'vitest/browser'
import type { Locator } from 'vitest/browser'

declare global {
  interface Window {
    /** Finds the element of a locator, for a command of WebDriver. */
    findElement: (selector: string) => Promise<Element>
  }
}

declare module 'vitest/browser' {
  interface LocatorSelectors {
    bySelector(selector: string): Locator
  }
}

locators.extend({ bySelector: (selector: string) => selector })
window.findElement = (selector) => page.bySelector(selector).findElement({ timeout: 15_000 })
