// One hash over everything a run wrote: two runs are equal when their hashes are.
import { createHash } from 'node:crypto'
import type { Codec } from '../../schemas/codec.ts'
import type { LogRecord } from '../../topologies/kernel/topic.ts'

export interface OutputHash {
  /** Adds a record: its time, its key and its bytes; a tombstone has no bytes. */
  add(record: LogRecord): void
  /** SHA-256 in hex; ends the hash. */
  digest(): string
}

/** Records are encoded one after the other into one buffer, which is hashed when it is full. */
export function createOutputHash(codec: Codec): OutputHash {
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafe(1 << 20)
  let end = 0
  const flush = (): void => {
    hash.update(buffer.subarray(0, end))
    end = 0
  }
  const write = (record: LogRecord): number => {
    const keyEnd = end + 8 + 2 * record.key.length
    if (keyEnd + 5 > buffer.length) return -1
    buffer.writeDoubleLE(record.at_ms, end)
    buffer.write(record.key, end + 8, 'latin1')
    const valueAt = end + 8 + record.key.length
    if (record.value === null) {
      buffer.writeInt32LE(-1, valueAt)
      return valueAt + 4
    }
    return codec.encodeInto(record.topic, record.value, buffer, valueAt)
  }
  return {
    add(record) {
      let next = write(record)
      if (next < 0) {
        flush()
        next = write(record)
        if (next < 0) throw new RangeError(`${record.topic}: record is larger than the hash buffer`)
      }
      end = next
    },
    digest() {
      flush()
      return hash.digest('hex')
    },
  }
}
