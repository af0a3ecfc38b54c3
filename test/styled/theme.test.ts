import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const css = readFileSync('src/styled/theme.css', 'utf8')
const [colors = '', fallback = ''] = css.split('@supports not (color: light-dark(#000, #fff))')
const [light = '', dark = ''] = fallback.split("[data-putaway][data-theme='dark']")
const color = String.raw`((?:[^(),]|\([^()]*\))+)`
const lightDark = new RegExp(String.raw`light-dark\(${color}, ${color}\)`)

test('browsers without light-dark() get the same colors', () => {
  const declarations = colors.split('\n').filter((line) => lightDark.test(line))
  expect(declarations).toHaveLength(9)
  for (const declaration of declarations) {
    expect(light).toContain(declaration.trim().replace(lightDark, '$1'))
    expect(dark).toContain(declaration.trim().replace(lightDark, '$2'))
  }
})
