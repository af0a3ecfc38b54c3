export { en } from '../i18n/en.ts'
export { ko } from '../i18n/ko.ts'
