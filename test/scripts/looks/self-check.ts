import type { Browser } from 'playwright'

/** A page with one fault of each kind. */
const faultyPage = `<!doctype html>
<style>
  body { width: 900px; font: 16px sans-serif }
  [data-putaway] { color: #fff; background: #fff linear-gradient(90deg, #000 100px, #888 100px) }
  .cut { width: 60px; overflow: hidden; white-space: nowrap; color: #000; background: #fff }
  .spaced { width: 90px; height: 20px; overflow: hidden; line-height: 20px; color: #000; background: #fff }
  .moving { animation: move 9s infinite } @keyframes move { to { opacity: 0.9 } }
  .small { width: 14px; height: 14px; padding: 0; border: 0 }
  :focus { outline: none }
</style>
<div data-putaway>
  <p style="width: 300px">Seen over black, and not seen over gray</p>
  <p class="moving"></p>
  <p class="cut">This text is cut at its end</p>
  <p class="spaced">Cut if spaced</p>
  <button class="small" aria-label="Small"></button><button class="small" aria-label="Neighbor"></button>
  <button style="margin: 40px; padding: 20px; color: #000" onfocus="this.blur()">Unreachable</button>
</div>`

/** Faults that each check must find in the page above. */
const expectedFaults = [
  /scrolls sideways/,
  /the text of p\.cut .* is cut/,
  /with text spacing, the text of p\.spaced .* is cut/,
  /p moving {2}moves/,
  /the target button\.small "Small" is small/,
  /the contrast of "Seen over black.*" is 3\.5/,
  /the focus of Small is not seen/,
  /Tab does not reach Unreachable/,
]

/** Throws if the checks do not find every fault of a faulty page, because such checks prove nothing about stories. */
export async function checkTheChecks(
  browser: Browser,
  faultsOf: (browser: Browser, url: string) => Promise<string[]>,
): Promise<void> {
  const faults = await faultsOf(browser, `data:text/html,${encodeURIComponent(faultyPage)}`)
  const missed = expectedFaults.filter((pattern) => !faults.some((fault) => pattern.test(fault)))
  if (missed.length > 0)
    throw new Error(
      `The checks do not find ${missed.join(', ')} in a faulty page, only:\n${faults.join('\n')}`,
    )
}
