import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const css = readFileSync('src/styled/theme.css', 'utf8')
const [colors = '', fallback = ''] = css.split('@supports not (color: light-dark(#000, #fff))')
const [darkColors = ''] = fallback.split("[class*='putaway-']")
const color = String.raw`((?:[^(),]|\([^()]*\))+)`
const lightDark = new RegExp(String.raw`^ *(--_putaway-[\w-]+): (.*)light-dark\(${color}, ${color}\)(.*)$`)
const declarations = colors.split('\n').flatMap((line) => {
  const [, name = '', before = '', light = '', dark = '', after = ''] = lightDark.exec(line) ?? []
  return name === '' ? [] : [{ name, light, dark: `${name}: ${before}${dark}${after}` }]
})

test('every color that light-dark() chooses is registered, with the light one as initial value', () => {
  expect(declarations).toHaveLength(12)
  expect(css.match(/^ *--.*light-dark\(/gm)).toHaveLength(12)
  for (const { name, light } of declarations)
    expect(css).toContain(
      `@property ${name} {\n  syntax: '<color>';\n  inherits: true;\n  initial-value: ${light};\n}`,
    )
})

test('browsers without light-dark() get the same dark colors with data-theme', () => {
  for (const { dark } of declarations) expect(darkColors).toContain(dark)
})
