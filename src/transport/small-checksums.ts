import { sizeOf } from '../core/files/file-size.ts'
import { nextTask } from '../internal/next-task.ts'
import { crc64Of, crc64OfBytes } from './checksum.ts'

interface WaitingFile {
  readonly file: Blob
  readonly settle: (checksum: string | Promise<string>) => void
}

let waitingFiles: WaitingFile[] = []
let lastReadAt = 0
/** Files gather for this time. */
const readIntervalMs = 100
/** Bytes of one read. Computing their checksums takes about 10 ms. */
const maxReadSize = 4_000_000

/**
 * Computes the CRC-64/NVME of a file of at most 1 MB in base64. Files are read together, because a read of a few
 * kilobytes costs the browser more CPU time than the bytes do: 500 files of 50 kB cost a quarter less than with a read
 * for each (`npm run bench -- --scenario many`). Rejects if the file cannot be read.
 */
export function crc64OfSmallFile(file: Blob): Promise<string> {
  return new Promise((resolve) => {
    waitingFiles.push({ file, settle: resolve })
    if (waitingFiles.length === 1)
      setTimeout(readWaitingFiles, Math.max(0, lastReadAt + readIntervalMs - Date.now()))
  })
}

function readWaitingFiles() {
  lastReadAt = Date.now()
  let readSize = 0
  const count = waitingFiles.findIndex(({ file }) => (readSize += sizeOf(file)) > maxReadSize)
  const files = waitingFiles.splice(0, count < 1 ? waitingFiles.length : count)
  if (waitingFiles.length > 0) void nextTask().then(readWaitingFiles)
  void readTogether(files)
}

async function readTogether(files: readonly WaitingFile[]) {
  const joinedBlob = new Blob(files.map(({ file }) => file))
  const bytes = new Uint8Array(await joinedBlob.arrayBuffer().catch(() => new ArrayBuffer(0)))
  const isWhole = bytes.length === files.reduce((sum, { file }) => sum + sizeOf(file), 0)
  let start = 0
  for (const { file, settle } of files) {
    const end = start + sizeOf(file)
    // If one of the files cannot be read, the others are read alone.
    settle(isWhole ? crc64OfBytes(bytes.subarray(start, end)) : crc64Of(file, new AbortController().signal))
    start = end
  }
}
