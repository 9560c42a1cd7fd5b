// Writes records of one partition as record batches (magic 2, uncompressed, CreateTime), each below a size limit. Hot:
// one pass for sizes and one for bytes, nothing allocated per record. Who produces them is stamped on just before sending.
import { invariant } from '../../../topologies/kernel/invariant.ts'
import { crc32c } from './crc32c.ts'
import { KafkaError } from './kafka-error.ts'
import type { RecordBatches, WireHeader } from './port.ts'
import { at, attribute, lengthOverhead, writeInt64 } from './record-batch-layout.ts'
import { varintSize, writeVarint, zigzag, zigzagLong } from './varint.ts'

/** Below the 1048588 bytes that brokers take by default (message.max.bytes), with room for what they add. */
const defaultMaxBatchBytes = 900_000

const firstBufferBytes = 4_096

/** What only the producer knows. */
export interface ProducerStamp {
  readonly producerId: bigint
  readonly producerEpoch: number
  /** Sequence number of the batch's first record in this partition. */
  readonly baseSequence: number
  readonly transactional: boolean
}

/** A batch that takes no more records. A Produce request may carry one batch a partition, so they go one after another. */
export interface SealedBatch {
  /** Which of the added records is its first. */
  readonly firstIndex: number
  readonly count: number
  readonly bytes: number
  /** Its bytes for this producer, checksum included. They are the same memory each time: a repeat stamps again. */
  stamp(producer: ProducerStamp): Buffer
}

export interface WritableBatches extends RecordBatches {
  /** Ends the batch that is open, and returns all. What is added later begins a new batch. */
  seal(): readonly SealedBatch[]
}

/**
 * Batches for one partition. `add` throws a KafkaError TOO_LARGE for a record that fits into no batch; it leaves the
 * records before it as they are. Times are whole milliseconds.
 */
export function createRecordBatches(
  topic: string,
  partition: number,
  options: { readonly maxBatchBytes?: number } = {},
): WritableBatches {
  const limit = options.maxBatchBytes ?? defaultMaxBatchBytes
  const sealed: SealedBatch[] = []
  let sealedRecords = 0
  let sealedBytes = 0
  let buffer: Buffer | null = null
  let end = 0
  let count = 0
  let baseTimestamp = 0
  let maxTimestamp = 0

  const close = (): void => {
    if (buffer === null) return
    sealed.push(
      sealBatch(buffer.subarray(0, end), sealedRecords, count, baseTimestamp, maxTimestamp),
    )
    sealedRecords += count
    sealedBytes += end
    buffer = null
    end = 0
    count = 0
  }

  return {
    topic,
    partition,
    get count() {
      return sealedRecords + count
    },
    get bytes() {
      return sealedBytes + end
    },
    add(timestampMs, key, value, headers) {
      invariant(
        Number.isSafeInteger(timestampMs),
        `${topic}/${partition}: expected a time in whole milliseconds, was ${timestampMs}`,
      )
      const keyBytes = key === null ? -1 : utf8Length(key)
      const valueBytes = value === null ? -1 : value.length
      const fixedSize = 1 + fieldSize(keyBytes) + fieldSize(valueBytes) + headersSize(headers)
      let size =
        fixedSize + varintSize(zigzagLong(timestampMs - baseTimestamp)) + varintSize(count * 2)
      let total = varintSize(size * 2) + size
      if (buffer === null || end + total > limit) {
        // The first record of a batch has the deltas 0.
        size = fixedSize + 2
        total = varintSize(size * 2) + size
        if (at.records + total > limit) throw tooLarge(topic, partition, key, total, limit)
        close()
        baseTimestamp = timestampMs
        maxTimestamp = timestampMs
        end = at.records
        buffer = Buffer.allocUnsafeSlow(Math.min(limit, Math.max(firstBufferBytes, end + total)))
      } else if (end + total > buffer.length) {
        const larger = Buffer.allocUnsafeSlow(
          Math.min(limit, Math.max(buffer.length * 2, end + total)),
        )
        larger.set(buffer.subarray(0, end))
        buffer = larger
      }
      if (timestampMs > maxTimestamp) maxTimestamp = timestampMs

      const bytes = buffer
      let to = writeVarint(bytes, end, size * 2)
      bytes[to++] = 0
      to = writeVarint(bytes, to, zigzagLong(timestampMs - baseTimestamp))
      to = writeVarint(bytes, to, count * 2)
      to = writeVarint(bytes, to, zigzag(keyBytes))
      if (key !== null) to = writeText(bytes, to, key, keyBytes)
      to = writeVarint(bytes, to, zigzag(valueBytes))
      if (value !== null) {
        bytes.set(value, to)
        to += valueBytes
      }
      if (headers === undefined || headers.length === 0) bytes[to++] = 0
      else to = writeHeaders(bytes, to, headers)
      end = to
      count++
    },
    seal() {
      close()
      return sealed
    },
  }
}

function sealBatch(
  bytes: Buffer,
  firstIndex: number,
  count: number,
  baseTimestamp: number,
  maxTimestamp: number,
): SealedBatch {
  writeInt64(bytes, at.baseOffset, 0)
  bytes.writeInt32BE(bytes.length - lengthOverhead, at.length)
  bytes.writeInt32BE(-1, at.leaderEpoch)
  bytes[at.magic] = 2
  bytes.writeInt32BE(count - 1, at.lastOffsetDelta)
  writeInt64(bytes, at.baseTimestamp, baseTimestamp)
  writeInt64(bytes, at.maxTimestamp, maxTimestamp)
  bytes.writeInt32BE(count, at.count)
  return {
    firstIndex,
    count,
    bytes: bytes.length,
    stamp({ producerId, producerEpoch, baseSequence, transactional }) {
      bytes.writeInt16BE(transactional ? attribute.transactional : 0, at.attributes)
      bytes.writeBigInt64BE(producerId, at.producerId)
      bytes.writeInt16BE(producerEpoch, at.producerEpoch)
      bytes.writeInt32BE(baseSequence, at.baseSequence)
      bytes.writeUInt32BE(crc32c(bytes, at.attributes), at.crc)
      return bytes
    },
  }
}

/** Bytes of a field with its length before it; -1 is null. */
function fieldSize(bytes: number): number {
  return varintSize(zigzag(bytes)) + (bytes < 0 ? 0 : bytes)
}

function headersSize(headers: readonly WireHeader[] | undefined): number {
  if (headers === undefined || headers.length === 0) return 1
  let size = varintSize(headers.length * 2)
  for (const [name, value] of headers)
    size += fieldSize(utf8Length(name)) + fieldSize(utf8Length(value))
  return size
}

function writeHeaders(bytes: Buffer, position: number, headers: readonly WireHeader[]): number {
  let to = writeVarint(bytes, position, headers.length * 2)
  for (const header of headers)
    for (const text of header) {
      const length = utf8Length(text)
      to = writeVarint(bytes, to, length * 2)
      to = writeText(bytes, to, text, length)
    }
  return to
}

/** Keys are short and ASCII nearly always: for those a loop is faster than a call into Node. */
const shortText = 48

function utf8Length(text: string): number {
  const { length } = text
  if (length > shortText) return Buffer.byteLength(text)
  for (let i = 0; i < length; i++) if (text.charCodeAt(i) > 127) return Buffer.byteLength(text)
  return length
}

function writeText(bytes: Buffer, position: number, text: string, byteLength: number): number {
  if (byteLength <= shortText && byteLength === text.length)
    for (let i = 0; i < byteLength; i++) bytes[position + i] = text.charCodeAt(i)
  else bytes.write(text, position)
  return position + byteLength
}

function tooLarge(
  topic: string,
  partition: number,
  key: string | null,
  size: number,
  limit: number,
) {
  return new KafkaError(
    'TOO_LARGE',
    `${topic}/${partition}, key ${JSON.stringify(key)?.slice(0, 100)}: expected a record that fits into a batch of ${limit} bytes, was ${size} bytes`,
  )
}
