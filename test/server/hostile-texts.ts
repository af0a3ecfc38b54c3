import { measure } from '../harness/growth.ts'

/** Inputs that can make a pattern backtrack. Each pattern runs with all of them. */
const pieces = [
  '<!---->',
  '<!--',
  '<!doctype [',
  '<!doctype a',
  '<?a?>',
  '<?',
  '<a:',
  ' ',
  '\n<',
  'a',
  '-',
  '.',
  '. ',
  '/',
  'download',
  ';',
  '; ',
  ', ',
  '<A>',
  '<![CDATA[',
  '&',
  'a;',
  '"',
  '\\',
  '=',
  '?',
  '*',
  'http://',
  '://',
  'a.',
  '?sig',
  'region ',
  '(A ',
  'a-',
  '\u202e',
  '\u0301',
  '\u001b[',
  '😺',
]
const piecesBehind = [' ', 'a', '-', ';', '; ', '.', '+', 'a=']
const prefixes = [
  '',
  '<!doctype ',
  'text/',
  'application/',
  'application/json ',
  'bytes=',
  'bytes=1',
  'multipart/form-data;',
]

/** Measures each reader with texts that repeat every piece. */
export async function measureTexts(
  readers: Readonly<Record<string, (text: string) => unknown>>,
): Promise<void> {
  for (const [name, read] of Object.entries(readers)) {
    for (const prefix of prefixes) {
      for (const piece of prefix === '' ? pieces : piecesBehind) {
        await measure(`${name} of ${JSON.stringify(prefix + piece)} again and again`, (scale) => {
          const text = prefix + piece.repeat((scale * 4096) / piece.length)
          return () => read(text)
        })
      }
    }
  }
}
