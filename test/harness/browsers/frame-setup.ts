/**
 * Removes the scale of the frame that a test runs in. It is 1, but Playwright finds no point to click in a frame that is
 * transformed when it drives Firefox by WebDriver BiDi.
 */
const style = parent.document.createElement('style')
style.textContent = '#vitest-tester { transform: none !important }'
parent.document.head.append(style)
