/**
 * The code that an upload needs after a file is chosen, in one chunk that loads after the app. Several small chunks
 * would be larger in total.
 */
export {
  inspectFiles,
  requestRemove,
  notifyBackend,
  reportFailure,
  runEffect,
  waitForResult,
} from '../core/effects.ts'
export { transition } from '../core/machine/machine.ts'
export { connectHttp } from './http/connect-http.ts'
export { s3Transport } from './s3-transport.ts'
