import { uploads } from '../../uploads.ts'

export const POST = (request: Request) => uploads()(request)
