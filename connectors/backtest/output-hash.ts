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
  const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength)
  let end = 0
  const flush = (): void => {
    hash.update(buffer.subarray(0, end))
    end = 0
  }
  const write = (record: LogRecord): number => {
    const { key } = record
    let valueAt = end + 8
    if (valueAt + 2 * key.length + 5 > buffer.length) return -1
    view.setFloat64(end, record.at_ms, true)
    for (let i = 0; i < key.length; i++) {
      view.setUint16(valueAt, key.charCodeAt(i), true)
      valueAt += 2
    }
    if (record.value === null) {
      view.setInt32(valueAt, -1, true)
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
