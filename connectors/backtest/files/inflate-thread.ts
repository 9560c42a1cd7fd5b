// Reads a big gzip file through a thread that inflates ahead, about 1 MB at most, while this one decodes rows.
// zlib inflates piece by piece only by callback; waiting on shared memory turns that into a plain call, and uses a second core.
import { Worker } from 'node:worker_threads'
import type { ByteSource } from './byte-source.ts'
import { closeSlots, freeSlot, makeSlots, takeSlot } from './inflate-slots.ts'
import { MarketFileError } from './market-file-error.ts'

/** A disk may be slow; a thread that says nothing for this long has died. */
const SILENCE_LIMIT_MS = 60_000

/** What the thread is started with. */
export interface InflateJob {
  file: string
  memory: SharedArrayBuffer
}

/** Starts the thread. Reading throws MarketFileError when the stream is broken, with the line it broke in. */
export function openInflatingThread(file: string): ByteSource {
  const slots = makeSlots()
  const job: InflateJob = { file, memory: slots.memory }
  const worker = new Worker(new URL('./inflate-worker.ts', import.meta.url), {
    workerData: job,
    execArgv: [],
  })
  worker.unref()
  let usedBytes = 0
  let held = false
  let ended = false

  function broken(line: number, value: string): MarketFileError {
    ended = true
    const expected = 'a whole gzip stream'
    return new MarketFileError({ file, line, column: '', value, expected })
  }

  return {
    read(line) {
      if (ended) return null
      // The piece given out last is used up by now, so its slot goes back.
      if (held) freeSlot(slots)
      held = false
      const slot = takeSlot(slots, SILENCE_LIMIT_MS)
      if (slot === null)
        throw broken(line, `silence of the inflating thread for ${SILENCE_LIMIT_MS} ms`)
      if (slot.content === 'fault') throw broken(line, slot.bytes.toString('utf8'))
      held = true
      usedBytes = slot.usedBytes
      if (slot.content === 'end') {
        ended = true
        return null
      }
      return slot.bytes
    },
    bytesRead: () => usedBytes,
    close() {
      ended = true
      closeSlots(slots)
      void worker.terminate()
    },
  }
}
