import { formatSize, numberFormat } from '../protocol/limits.ts'

/** What texts write numbers with, in one locale. */
export interface Numbers {
  readonly locale: string
  readonly number: (value: number) => string
  /** Of a fraction 0 to 1: whole percents, and only 1 is 100. */
  readonly percent: (fraction: number) => string
  /** Of bytes, in decimal units: "1.2 MB". */
  readonly size: (bytes: number) => string
  /** Of seconds, in the unit that fits: "40 sec", "3 min". */
  readonly duration: (seconds: number) => string
  /** The form for a count by the locale's plural rules. */
  readonly plural: (count: number, forms: PluralForms) => string
}

export type PluralForms = Partial<Record<Intl.LDMLPluralRule, string>> & { readonly other: string }

const known = new Map<string, Numbers>()

/** The numbers of a locale, such as `'en'` or `'ko-KR'`. Made once for each. */
export function numbersOf(locale: string): Numbers {
  const numbers = known.get(locale) ?? makeNumbers(locale)
  known.set(locale, numbers)
  return numbers
}

function makeNumbers(locale: string): Numbers {
  const write = (value: number, options?: Intl.NumberFormatOptions) =>
    numberFormat(locale, options).format(value)
  return {
    locale,
    number: (value) => write(value),
    percent: (fraction) => write(wholePercent(fraction) / 100, { style: 'percent' }),
    size: (bytes) => formatSize(bytes, locale),
    duration: (seconds) => {
      const [unit, length] =
        seconds < 60
          ? (['second', 1] as const)
          : seconds < 3600
            ? (['minute', 60] as const)
            : (['hour', 3600] as const)
      return write(Math.max(1, Math.ceil(seconds / length)), { style: 'unit', unit })
    },
    plural: (count, forms) => forms[new Intl.PluralRules(locale).select(count)] ?? forms.other,
  }
}

/** Whole percents, 0 to 100: what is not a number is 0, and only 1 is 100. */
export function wholePercent(fraction: number): number {
  return Math.floor(Math.min(1, Math.max(0, fraction || 0)) * 100 + 1e-9)
}
