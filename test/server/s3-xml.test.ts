import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { elementsOf, toXmlText, rootNameOf, elementText } from '../../src/server/s3/xml.ts'

describe('the root of an answer', () => {
  test.each([
    ['<A><B/></A>', 'A'],
    ['\n  <?xml version="1.0" encoding="UTF-8"?>\n<A xmlns="x">1</A>\n', 'A'],
    ['<!-- a comment --><s3:A xmlns:s3="x"></s3:A>', 'A'],
    ['<A/>', 'A'],
    ['<?xml version="1.0"?><A xmlns="x" />', 'A'],
    ['<!-- a comment --><A/>', 'A'],
    ['\ufeff<A></A>', 'A'],
    // Not complete: the connection ended early.
    ['<A><B>1</B>', undefined],
    ['<A><B/>', undefined],
    ['<A', undefined],
    ['', undefined],
    ['502 Bad Gateway', undefined],
    ['{"a":1}', undefined],
    // An entity bomb declares what it expands to.
    ['<!DOCTYPE lolz [<!ENTITY lol "lol">]><A>&lol;</A>', undefined],
    ['<html><body><Error></Error></body></html>', 'html'],
  ])('%j is %s', (xml, root) => {
    expect(rootNameOf(xml)).toBe(root)
  })
})

describe('the text of an element', () => {
  test.each([
    ['<A><Code> NoSuchKey\n</Code></A>', 'NoSuchKey'],
    ['<A><x:Code x="1">a</x:Code></A>', 'a'],
    ['<A><Code>&quot;a&quot; &amp;amp; &#x1F408; &#65;&lt;&gt;&apos;</Code></A>', '"a" &amp; 🐈 A<>\''],
    ['<A><Code><![CDATA[<&amp;>]]>b</Code></A>', '<&amp;>b'],
    ['<A><Code/><Code>later</Code></A>', undefined],
    ['<A><Code></Code></A>', undefined],
    ['<A><CodeX>a</CodeX></A>', undefined],
    ['<A><Code>&unknown;&#x110000;</Code></A>', '&unknown;\ufffd'],
    ['<A><Code>cut', undefined],
  ])('%s', (xml, text) => {
    expect(elementText(xml, 'Code')).toBe(text)
  })

  test('numbers stay as they are written', () => {
    expect(elementText('<A><UploadId>0012</UploadId></A>', 'UploadId')).toBe('0012')
    expect(elementText('<A><UploadId>1e5</UploadId></A>', 'UploadId')).toBe('1e5')
  })

  test('every text that is escaped is read again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(elementText(`<A><T>x${toXmlText(text)}x</T></A>`, 'T')).toBe(`x${text}x`)
      }),
    )
  })
})

test('elements of a name are read in order, empty ones too', () => {
  const xml = '<R><Part><N>1</N></Part><Parts/><Part/><p:Part><N>3</N></p:Part></R>'
  expect(elementsOf(xml, 'Part')).toEqual(['<N>1</N>', '', '<N>3</N>'])
})
