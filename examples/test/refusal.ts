import type { Page } from 'playwright'

interface Photo {
  readonly name: string
  readonly mimeType: string
  readonly buffer: Buffer
}

/** Changes the signature of the backend's nth ticket, so that storage refuses it. */
export async function spoilTicket(page: Page, nth: number) {
  let tickets = 0
  await page.route(/\/(api|upload)\//, async (route, request) => {
    if (request.method() !== 'POST') return route.fallback()
    const response = await route.fetch()
    const body = await response.text()
    // One answer may contain several tickets.
    const spoiled = body.replace(/(X-Amz-Signature"?[=:]"?)\w{8}/g, (whole, name: string) =>
      (tickets += 1) === nth ? `${name}00000000` : whole,
    )
    return route.fulfill({ response, body: spoiled })
  })
  // Ceph before 20 refuses without CORS headers, which a page cannot distinguish from a broken connection.
  await page.route(/X-Amz-Signature=00000000/, async (route) => {
    const response = await route.fetch()
    return route.fulfill({ response, headers: { ...response.headers(), 'access-control-allow-origin': '*' } })
  })
}

/** Retries the failed upload, or chooses the file again if a retry cannot help. */
export async function tryAgain(page: Page, photos: readonly Photo[]) {
  const failed = page.getByRole('listitem').filter({ has: page.locator('[data-status=error]') })
  const retry = failed.getByRole('button', { name: /^Retry / })
  if ((await retry.count()) > 0) return retry.click()
  const name = await failed.getByRole('img').getAttribute('alt')
  await failed.getByRole('button', { name: /^Remove / }).click()
  return page.locator('input[type=file]').setInputFiles(photos.filter((photo) => photo.name === name))
}
