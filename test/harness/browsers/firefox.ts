import { createRequire } from 'node:module'
import { findFirefox, installLines } from './test-browser.ts'

/**
 * Launch options of an installed Firefox. Playwright drives it by WebDriver BiDi, so that it needs no build of its own.
 */
export function firefoxOptions() {
  const executablePath = findFirefox()
  if (executablePath === undefined)
    throw new Error(`Found no Firefox. Install it (${installLines.firefox}) or set PUTAWAY_FIREFOX.`)
  answerForMediaFeatures()
  return {
    channel: 'moz-firefox',
    executablePath,
    firefoxUserPrefs: {
      // They would call out of a closed network at each start.
      'network.captive-portal-service.enabled': false,
      'network.connectivity-service.enabled': false,
      // Playwright reads `ariaLabelledByElements` for a role with a name, partly in the page and partly in its own realm.
      // The process of a page ends in Firefox 153 when both have read it. Without it, Playwright reads the attribute.
      'accessibility.ARIAElementReflection.enabled': false,
    },
  }
}

interface WebSocketClass {
  readonly prototype: { send: Send & { isPatched?: boolean } }
}
type Send = (this: Receiver, data: unknown, ...rest: readonly unknown[]) => void
interface Receiver {
  emit(event: 'message', data: Buffer, isBinary: boolean): void
}

/**
 * Playwright sets media features, such as the color scheme, in each context. Firefox has the command from 154 on and
 * refuses it before, so this answers in its place. Remove it when Debian's Firefox is 154.
 */
function answerForMediaFeatures() {
  const fromPlaywright = createRequire(createRequire(import.meta.url).resolve('playwright'))
  // Playwright exports no types for its bundled `ws`.
  const { ws } = fromPlaywright('playwright-core/lib/utilsBundle') as { readonly ws: WebSocketClass }
  const { send } = ws.prototype
  if (send.isPatched) return
  function sendUnlessUnknown(this: Receiver, data: unknown, ...rest: readonly unknown[]) {
    if (typeof data !== 'string' || !data.includes('"emulation.setMediaFeaturesOverride"'))
      return send.call(this, data, ...rest)
    const { id } = JSON.parse(data) as { readonly id: number }
    queueMicrotask(() =>
      this.emit('message', Buffer.from(JSON.stringify({ type: 'success', id, result: {} })), false),
    )
  }
  ws.prototype.send = Object.assign(sendUnlessUnknown, { isPatched: true })
}
