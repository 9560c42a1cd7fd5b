// The thread that inflates one gzip file into shared memory. It is started with an InflateJob and ends with the file.
// It blocks when the reader is behind, so it never holds more than the ring of slots and one piece.
import { createReadStream } from 'node:fs'
import { workerData } from 'node:worker_threads'
import { createGunzip } from 'node:zlib'
import { putSlot, SLOT_BYTES, viewSlots } from './inflate-slots.ts'
import type { InflateJob } from './inflate-thread.ts'

const job = workerData as InflateJob
const slots = viewSlots(job.memory)
const packed = createReadStream(job.file, { highWaterMark: SLOT_BYTES })
const inflated = createGunzip({ chunkSize: SLOT_BYTES })
const nothing = Buffer.alloc(0)

function fail(error: Error): void {
  putSlot(slots, 'fault', Buffer.from(error.message), inflated.bytesWritten)
  process.exit()
}

packed.on('error', fail)
inflated.on('error', fail)
inflated.on('data', (piece: Buffer) => {
  if (!putSlot(slots, 'bytes', piece, inflated.bytesWritten)) process.exit()
})
inflated.on('end', () => {
  putSlot(slots, 'end', nothing, inflated.bytesWritten)
})
packed.pipe(inflated)
