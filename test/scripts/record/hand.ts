import type { ElementHandle, Locator, Page } from 'playwright'
import type { Photo } from '../../harness/photos.ts'

/** A visible pointer in the page: screenshots do not contain the one of the system. */
export interface Hand {
  /** Moves to an element and clicks it. */
  click(target: Locator): Promise<void>
  /** Drags files from outside of the window to an element and drops them. */
  drop(target: Locator, photos: readonly Photo[]): Promise<void>
  /** Leaves the window. */
  leave(): Promise<void>
}

const moveMs = 700

/** Adds a pointer to the page, outside of its lower right corner. */
export async function addHand(page: Page): Promise<Hand> {
  const hand = await page.evaluateHandle((ms) => {
    const element = document.createElement('div')
    element.style.cssText =
      `position:fixed;left:0;top:0;z-index:99999;pointer-events:none;` +
      `transition:transform ${ms}ms cubic-bezier(.4,0,.2,1);` +
      `transform:translate(${innerWidth - 60}px,${innerHeight + 40}px)`
    element.innerHTML =
      '<div></div><svg width="22" height="22" viewBox="0 0 22 22" style="position:absolute;left:0;top:0">' +
      '<path d="M3 2v15.5l4.2-4 2.7 6.2 2.8-1.2-2.7-6.1H16z" fill="#111" stroke="#fff" stroke-width="1.4"/></svg>'
    document.body.append(element)
    return element
  }, moveMs)

  async function glide(x: number, y: number) {
    await hand.evaluate((element, to) => void (element.style.transform = `translate(${to.x}px,${to.y}px)`), {
      x,
      y,
    })
    await page.waitForTimeout(moveMs + 100)
  }

  async function moveTo(target: Locator) {
    const box = await target.boundingBox()
    if (!box) throw new Error('The target of the pointer is not visible.')
    await glide(box.x + box.width / 2, box.y + box.height / 2)
  }

  return {
    async click(target) {
      await moveTo(target)
      await target.click()
    },

    async drop(target, photos) {
      const transfer = await createTransfer(page, photos)
      await carry(hand, photos.slice(0, 3))
      await moveTo(target)
      for (const type of ['dragenter', 'dragover'])
        await target.dispatchEvent(type, { dataTransfer: transfer })
      await page.waitForTimeout(350)
      await carry(hand, [])
      await target.dispatchEvent('drop', { dataTransfer: transfer })
    },

    async leave() {
      const { width, height } = page.viewportSize() ?? { width: 0, height: 0 }
      await glide(width - 60, height + 40)
    },
  }
}

/** Shows a stack of pictures at the pointer. */
async function carry(hand: ElementHandle<HTMLElement>, photos: readonly Photo[]): Promise<void> {
  const pictures = photos.map(
    ({ mimeType, buffer }) => `data:${mimeType};base64,${buffer.toString('base64')}`,
  )
  await hand.evaluate(async (element, sources) => {
    const stack = sources.map((source, index) => {
      const picture = new Image(96, 72)
      picture.src = source
      picture.style.cssText =
        `position:absolute;left:${index * 9 - 6}px;top:${index * 8 + 8}px;border-radius:8px;object-fit:cover;` +
        `border:2px solid #fff;box-shadow:0 4px 14px rgb(0 0 0/.28);transform:rotate(${index * 5 - 6}deg)`
      return picture
    })
    await Promise.all(stack.map((picture) => picture.decode()))
    element.firstElementChild?.replaceChildren(...stack)
  }, pictures)
}

function createTransfer(page: Page, photos: readonly Photo[]) {
  const files = photos.map(({ name, mimeType, buffer }) => ({
    name,
    mimeType,
    base64: buffer.toString('base64'),
  }))
  return page.evaluateHandle((given) => {
    const transfer = new DataTransfer()
    for (const { name, mimeType, base64 } of given) {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
      transfer.items.add(new File([bytes], name, { type: mimeType, lastModified: 1 }))
    }
    return transfer
  }, files)
}
