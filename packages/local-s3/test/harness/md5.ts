import { createHash } from 'node:crypto'

export const md5 = (bytes: string | Buffer) => createHash('md5').update(bytes).digest()
