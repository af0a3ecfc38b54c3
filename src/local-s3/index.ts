export { openCors, type CorsRule } from './cors.ts'
export { startLocalS3, type LocalS3, type LocalS3Options, type RequestRecord } from './server.ts'
export type { Credentials } from './signature.ts'
