import { expect, test } from 'vitest'
import packageJson from '../package.json' with { type: 'json' }

/** Value exports of every entry, as users import them. `tsc` over stories, demo and tests checks the types. */
const entries = {
  putaway: () => import('putaway'),
  'putaway/core': () => import('putaway/core'),
  'putaway/image': () => import('putaway/image'),
  'putaway/locales': () => import('putaway/locales'),
  'putaway/server': () => import('putaway/server'),
  'putaway/testing': () => import('putaway/testing'),
}

test.each(Object.entries(entries))('the exports of %s match the snapshot', async (_name, load) => {
  expect(Object.keys(await load()).toSorted()).toMatchSnapshot()
})

test('every entry of the package is in the snapshot', () => {
  const named = Object.keys(packageJson.exports)
    .filter((path) => !/\.(css|json)$/.test(path))
    .map((path) => path.replace('.', 'putaway'))
  expect(named.toSorted()).toEqual(Object.keys(entries).toSorted())
})
