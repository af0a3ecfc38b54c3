import { readFileSync, readdirSync } from 'node:fs'

/** What is loaded when it is needed is no part of what a page loads first: whatever the package imports by a call. */
const lazy = readdirSync('dist', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.js') && !/^(vendor|server|cli)\//.test(name))
  .flatMap((name) => [...readFileSync(`dist/${name}`, 'utf8').matchAll(/\bimport\("([^"]+)"\)/g)])
  .map(([, path]) => path)

const ignore = ['react', 'react-dom', '@tanstack/react-query', ...new Set(lazy)]
const common = { path: 'dist/index.js', ignore, gzip: true }

// oxlint-disable-next-line import/no-default-export -- size-limit asks for it
export default [
  {
    ...common,
    name: 'useUpload, engine, PUT and POST (peers external)',
    import: '{ UploadProvider, useUpload }',
    limit: '13.7 kB',
  },
  {
    ...common,
    name: 'everything behind ImageUploader but what comes later, zustand included',
    import: '{ UploadProvider, ImageUploader }',
    limit: '25.8 kB',
  },
]
