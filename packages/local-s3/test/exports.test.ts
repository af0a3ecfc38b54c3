import { expect, test } from 'vitest'
import packageJson from '../package.json' with { type: 'json' }
import * as cli from '../src/cli.ts'
import * as main from '../src/index.ts'

test('every entry of the package exports what is listed here', () => {
  expect(Object.keys(packageJson.exports)).toEqual(['.', './cli', './package.json'])
  expect(Object.keys(main).toSorted()).toEqual(['loopbackCors', 'openCors', 'startLocalS3'])
  expect(Object.keys(cli)).toEqual(['runCli'])
})
