export { en } from '../components/en.ts'
export { ko } from '../components/ko.ts'
