/** Fakes that drive every state of an upload without a network. Entry `putaway/testing`. */
export { fakeBackend } from './fake-backend.ts'
export { fakeFile } from './fake-file.ts'
export { fakeUploads } from './fake-uploads.ts'
export type { FakeCall, FakeResult, FakeUpload, FakeUploads, FakeUploadsOptions } from './fake-uploads.ts'
