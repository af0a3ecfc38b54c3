import { cropEnglish } from '../../i18n/crop-en.ts'
import { useTexts } from '../../i18n/texts.tsx'

/** Returns the current texts, completed by those of the crop dialog. */
export function useCropTexts() {
  const texts = useTexts()
  return {
    ...texts,
    messages: { ...cropEnglish, ...texts.messages },
    /** Formats a zoom of 1 and more: "150 %". */
    formatZoom: (zoom: number) =>
      new Intl.NumberFormat(texts.formatters.locale, { style: 'percent' }).format(zoom),
  }
}
