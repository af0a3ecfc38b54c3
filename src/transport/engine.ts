/**
 * What an upload needs after a file is chosen, in one chunk that loads beside the app: many small chunks are larger together.
 */
export { notifyBackend, reportFailure, runEffect, waitForResult } from '../core/effects.ts'
export { connectHttp } from './http/connect-http.ts'
export { s3Transport } from './s3-transport.ts'
