import { openChat } from '../shared/server/chat.ts'
import { serve } from '../shared/server/serve.ts'
import { openStorage } from '../shared/server/storage.ts'
import { Bucket, createApi } from './api.ts'

const storage = await openStorage(Bucket)
await serve(await createApi(storage, await openChat()), storage.close)
