/** Characters that a terminal interprets: controls except the line feed, and bidirectional controls. */
export const controlCharacters =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/ // oxlint-disable-line no-control-regex -- the pattern matches control characters

/** Texts that write to a terminal more than their characters. */
export const hostile = [
  '\u001b[2J\u001b[31mred',
  '\u001b]0;title\u0007',
  '\u001b]8;;http://evil.example\u001b\\link',
  '\u009b31mC1',
  'over\rwritten',
  'back\b\b\b',
  'a line\nPutObject uploads/forged 200',
  'del\u007f',
  'nul\u0000',
  'bidi\u202egnp.exe',
  'isolate\u2066x\u2069',
  'mark\u200f',
  'separator\u2028next\u2029',
  'lone\ud800',
]
