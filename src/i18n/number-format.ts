import { formatSize, numberFormat } from '../protocol/byte-size.ts'

/** Number formatters of one locale. */
export interface NumberFormatters {
  readonly locale: string
  readonly number: (value: number) => string
  /** Formats a fraction 0 to 1 as whole percent. Only 1 gives 100 %. */
  readonly percent: (fraction: number) => string
  /** Formats bytes in decimal units: "1.2 MB". */
  readonly size: (bytes: number) => string
  /** Formats seconds in the largest fitting unit: "40 sec", "3 min". */
  readonly duration: (seconds: number) => string
  /** Selects the plural form for a count by the rules of the locale. */
  readonly plural: (count: number, forms: PluralForms) => string
}

export type PluralForms = Partial<Record<Intl.LDMLPluralRule, string>> & { readonly other: string }

const formattersByLocale = new Map<string, NumberFormatters>()

/** Returns the formatters of a locale, for example `'en'` or `'ko-KR'`. Cached by locale. */
export function numberFormattersOf(locale: string): NumberFormatters {
  const formatters = formattersByLocale.get(locale) ?? createNumberFormatters(locale)
  formattersByLocale.set(locale, formatters)
  return formatters
}

function createNumberFormatters(locale: string): NumberFormatters {
  const format = (value: number, options?: Intl.NumberFormatOptions) =>
    numberFormat(locale, options).format(value)
  return {
    locale,
    number: (value) => format(value),
    percent: (fraction) => format(wholePercent(fraction) / 100, { style: 'percent' }),
    size: (bytes) => formatSize(bytes, locale),
    duration: (seconds) => {
      const [unit, unitSeconds] =
        seconds < 60
          ? (['second', 1] as const)
          : seconds < 3600
            ? (['minute', 60] as const)
            : (['hour', 3600] as const)
      return format(Math.max(1, Math.ceil(seconds / unitSeconds)), { style: 'unit', unit })
    },
    plural: (count, forms) => forms[new Intl.PluralRules(locale).select(count)] ?? forms.other,
  }
}

/** Converts a fraction to an integer 0 to 100. NaN gives 0, and only 1 gives 100. */
export function wholePercent(fraction: number): number {
  return Math.floor(Math.min(1, Math.max(0, fraction || 0)) * 100 + 1e-9)
}
