import { image } from 'putaway/image'
import { expect, test } from 'vitest'
import { commands } from 'vitest/browser'

// Separate file: a policy stays in force until the page is left.

test('a picture is made smaller in the page when a policy forbids the worker', async () => {
  const policy = document.createElement('meta')
  policy.httpEquiv = 'Content-Security-Policy'
  policy.content = `worker-src 'none'`
  document.head.append(policy)

  const base64 = await commands.makePicture({
    width: 300,
    height: 200,
    format: 'jpeg',
    orientation: 8,
    exif: { Artist: 'Ann' },
  })
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
  const file = new File([bytes], 'a.jpg', { type: 'image/jpeg' })
  const { signal } = new AbortController()
  const smaller = await image({ maxHeight: 90 })(file, { signal })
  const { width, height } = await createImageBitmap(smaller)
  expect([width, height]).toEqual([60, 90])
  expect(await smaller.text()).toContain('Ann')
})
