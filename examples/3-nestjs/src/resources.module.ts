import { Inject, Module } from '@nestjs/common'
import type { OnApplicationShutdown } from '@nestjs/common'
import { openChat } from '../../shared/server/chat.ts'
import { openStorage } from '../../shared/server/storage.ts'
import type { Storage } from '../../shared/server/storage.ts'

/** The S3Client. */
export const S3 = Symbol('S3')
export const CHAT = Symbol('CHAT')
export const STORAGE = Symbol('STORAGE')

/** External resources, injected so that tests can replace them. */
@Module({
  providers: [
    { provide: STORAGE, useFactory: () => openStorage(process.env.S3_BUCKET ?? 'nest') },
    { provide: S3, useFactory: ({ s3 }: Storage) => s3, inject: [STORAGE] },
    { provide: CHAT, useFactory: openChat },
  ],
  exports: [STORAGE, S3, CHAT],
})
export class ResourcesModule implements OnApplicationShutdown {
  constructor(@Inject(STORAGE) private readonly storage: Storage) {}

  onApplicationShutdown() {
    return this.storage.close()
  }
}
