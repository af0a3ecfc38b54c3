import { cropEnglish } from './crop-en.ts'
import { lazyEnglish } from './lazy-en.ts'
import { initialEnglish } from './messages.ts'
import { pageDropEnglish } from './page-drop-en.ts'

// The English sentences of errors are in src/protocol/error-codes.ts and error-text.ts, because servers create the same
// errors.

/** English texts. An error shows its own `text` unless `errors` has one for its code. */
export const en = { ...initialEnglish, ...lazyEnglish, ...cropEnglish, ...pageDropEnglish }

/**
 * Every text that the components show or announce. To replace single texts, use the option `messages`. To replace all
 * of them, pass for example `ko`.
 */
export type Messages = typeof en
