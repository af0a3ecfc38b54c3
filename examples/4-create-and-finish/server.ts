import { openChat } from '../shared/server/chat.ts'
import { serve } from '../shared/server/serve.ts'
import { openStorage } from '../shared/server/storage.ts'
import { buckets, createApi } from './api.ts'

const storage = await openStorage(...buckets)
await storage.makePublic(buckets[1])
await serve(createApi(storage, await openChat()), storage.close)
