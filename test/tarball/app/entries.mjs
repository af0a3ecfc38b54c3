// Uses every entry of the package from Node.
import { createElement } from 'react'
import { renderToString } from 'react-dom/server'
import { ImageUploader, UploadProvider } from 'putaway'
import { createConnectionPool, createUploader } from 'putaway/core'
import { image } from 'putaway/image'
import { en, ko } from 'putaway/locales'
import { fakeUploads } from 'putaway/testing'

if (typeof image !== 'function' || en === ko) throw new Error('no image or locales')
const uploader = createElement(ImageUploader, { label: 'Photos' })
const html = renderToString(createElement(UploadProvider, { endpoints: '/api' }, uploader))
if (!html.includes('Photos')) throw new Error('no server markup')

const host = {
  now: Date.now,
  frame: (run) => run(),
  random: Math.random,
  isOnline: () => true,
  sleep: async () => {},
}
const uploads = createUploader({ ...fakeUploads(), pool: createConnectionPool(), host, newId: () => '1' })
uploads.add([new File(['abc'], 'a.txt')])
const [item] = await uploads.settled()
if (item.status !== 'done') throw new Error(item.status)
console.log('server markup and an upload of the engine')
