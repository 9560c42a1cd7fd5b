// Reads fetched bytes: record batches (magic 2), of which the last may be cut off. What was aborted and what is control
// is left out, and the position moves past every whole batch: by its header, never by its records, since compaction
// may have taken the last of them, or all.
import type { AbortedFilter } from './aborted.ts'
import { codecNames, decompress } from './compression.ts'
import { crc32c } from './crc32c.ts'
import { createKeyTexts } from './key-texts.ts'
import { KafkaError } from './kafka-error.ts'
import type { PartitionOffset, WireHeader, WireRecord } from './port.ts'
import { at, attribute, lengthOverhead, readInt64 } from './record-batch-layout.ts'

export interface DecodedRecords {
  readonly records: readonly WireRecord[]
  /** Behind the last whole batch. */
  readonly nextOffset: number
}

interface Batch {
  readonly baseOffset: number
  readonly baseTimestamp: number
  /** The broker's time for all records, instead of their own. */
  readonly appendTimestamp: number | null
  readonly count: number
}

/** Where reading is, in the unpacked records of one batch. */
interface Cursor {
  readonly bytes: Buffer
  at: number
  readonly end: number
}

const noHeaders: readonly WireHeader[] = Object.freeze([])
const abortType = 0

const keyText = createKeyTexts()
/** Apart from keys: values that never repeat would push those out. */
const headerText = createKeyTexts()

/**
 * Records from an offset on. Values are views into `bytes` where the batch is not compressed.
 * Throws a KafkaError UNDECODABLE_BATCH if the first batch can't be read; in front of a later one it stops, so that the
 * next fetch begins there.
 */
export function decodeRecords(
  bytes: Buffer,
  from: PartitionOffset,
  aborted: AbortedFilter,
): DecodedRecords {
  const records: WireRecord[] = []
  let nextOffset = from.offset
  let start = 0
  while (bytes.length - start > at.magic) {
    const end = start + lengthOverhead + bytes.readInt32BE(start + at.length)
    if (bytes[start + at.magic] === 2 && end > bytes.length) break
    const kept = records.length
    try {
      nextOffset = Math.max(nextOffset, readBatch(bytes, start, end, from, aborted, records))
    } catch (error) {
      records.length = kept
      if (nextOffset > from.offset) break
      throw undecodable(from, readInt64(bytes, start), error)
    }
    start = end
  }
  if (start === 0 && bytes.length > 0)
    throw undecodable(
      from,
      from.offset,
      new RangeError(`a whole batch is above ${bytes.length} bytes`),
    )
  return { records, nextOffset }
}

/** Adds the records of a whole batch that count, and returns the offset behind it. */
function readBatch(
  bytes: Buffer,
  start: number,
  end: number,
  from: PartitionOffset,
  aborted: AbortedFilter,
  into: WireRecord[],
): number {
  const magic = bytes[start + at.magic]!
  if (magic !== 2)
    throw new RangeError(`expected message format 2 (Kafka 0.11 and later), was ${magic}`)
  if (end - start < at.records)
    throw new RangeError(`expected 61 bytes or more, was ${end - start}`)
  const sum = bytes.readUInt32BE(start + at.crc)
  const actual = crc32c(bytes, start + at.attributes, end)
  if (sum !== actual) throw new RangeError(`expected checksum ${sum}, was ${actual}`)

  const attributes = bytes.readInt16BE(start + at.attributes)
  const baseOffset = readInt64(bytes, start + at.baseOffset)
  const lastOffset = baseOffset + bytes.readInt32BE(start + at.lastOffsetDelta)
  const count = bytes.readInt32BE(start + at.count)
  const producerId = bytes.readBigInt64BE(start + at.producerId)
  const isControl = (attributes & attribute.control) !== 0
  const isTransactional = (attributes & attribute.transactional) !== 0
  if (!isControl && isTransactional && aborted.drops(producerId, lastOffset)) return lastOffset + 1
  // A control batch counts wherever it lies: the filter must not miss an end.
  if (count === 0 || (!isControl && lastOffset < from.offset)) return lastOffset + 1

  const codec = attributes & attribute.codecMask
  const cursor =
    codec === 0
      ? { bytes, at: start + at.records, end }
      : unpacked(codec, bytes.subarray(start + at.records, end))
  if (isControl) {
    if (readControlType(cursor) === abortType) aborted.endAborted(producerId, lastOffset)
    return lastOffset + 1
  }
  const hasAppendTime = (attributes & attribute.logAppendTime) !== 0
  const batch = {
    baseOffset,
    baseTimestamp: readInt64(bytes, start + at.baseTimestamp),
    appendTimestamp: hasAppendTime ? readInt64(bytes, start + at.maxTimestamp) : null,
    count,
  }
  readRecords(cursor, batch, from.offset, into)
  return lastOffset + 1
}

function unpacked(codec: number, packed: Buffer): Cursor {
  let bytes: Buffer
  try {
    bytes = decompress(codec, packed)
  } catch (error) {
    const name = codecNames[codec] ?? String(codec)
    throw new RangeError(
      `compressed with ${name}, which can't be unpacked (${textOf(error)}); set compression.type=none on the topic or its producers`,
    )
  }
  return { bytes, at: 0, end: bytes.length }
}

function readRecords(cursor: Cursor, batch: Batch, fromOffset: number, into: WireRecord[]): void {
  const { bytes, end } = cursor
  const { baseOffset, baseTimestamp, appendTimestamp } = batch
  for (let i = 0; i < batch.count; i++) {
    const length = readVarint(cursor)
    const recordEnd = cursor.at + length
    if (length <= 0 || recordEnd > end) throw malformed(baseOffset, i)
    cursor.at++
    const timestampDelta = readVarlong(cursor)
    const offset = baseOffset + readVarint(cursor)
    const keyLength = readVarint(cursor)
    const keyStart = cursor.at
    if (keyLength > recordEnd - keyStart) throw malformed(baseOffset, i)
    if (keyLength > 0) cursor.at += keyLength
    const valueLength = readVarint(cursor)
    const valueStart = cursor.at
    if (valueLength > recordEnd - valueStart) throw malformed(baseOffset, i)
    if (valueLength > 0) cursor.at += valueLength
    if (offset >= fromOffset) {
      const headerCount = readVarint(cursor)
      into.push({
        offset,
        timestampMs: appendTimestamp ?? baseTimestamp + timestampDelta,
        key: keyLength < 0 ? null : keyText(bytes, keyStart, keyLength),
        value: valueLength < 0 ? null : bytes.subarray(valueStart, valueStart + valueLength),
        headers: headerCount === 0 ? noHeaders : readHeaders(cursor, headerCount),
      })
      if (cursor.at !== recordEnd) throw malformed(baseOffset, i)
    }
    cursor.at = recordEnd
  }
}

function readHeaders(cursor: Cursor, count: number): WireHeader[] {
  if (count < 0 || count > cursor.end - cursor.at) throw new RangeError(`${count} headers`)
  const headers: WireHeader[] = []
  for (let i = 0; i < count; i++) headers.push([readText(cursor), readText(cursor)])
  return headers
}

function readText(cursor: Cursor): string {
  const length = readVarint(cursor)
  const start = cursor.at
  if (length <= 0) return ''
  if (length > cursor.end - start) throw new RangeError(`a header of ${length} bytes`)
  cursor.at += length
  return headerText(cursor.bytes, start, length)
}

/** Type of a control record: the second number of its key. Only the abort is told from the others. */
function readControlType(cursor: Cursor): number {
  readVarint(cursor)
  cursor.at++
  readVarlong(cursor)
  readVarint(cursor)
  const keyLength = readVarint(cursor)
  if (keyLength < 4) throw new RangeError(`expected a control key of 4 bytes, was ${keyLength}`)
  return cursor.bytes.readInt16BE(cursor.at + 2)
}

function readVarint(cursor: Cursor): number {
  const { bytes } = cursor
  let byte = bytes[cursor.at++]!
  let zigzagged = byte & 0x7f
  for (let shift = 7; byte >= 0x80 && shift < 35; shift += 7) {
    byte = bytes[cursor.at++]!
    zigzagged |= (byte & 0x7f) << shift
  }
  return (zigzagged >>> 1) ^ -(zigzagged & 1)
}

function readVarlong(cursor: Cursor): number {
  const { bytes } = cursor
  let byte = bytes[cursor.at++]!
  let zigzagged = byte & 0x7f
  for (let unit = 128; byte >= 0x80 && unit <= 2 ** 63; unit *= 128) {
    byte = bytes[cursor.at++]!
    zigzagged += (byte & 0x7f) * unit
  }
  return zigzagged % 2 === 0 ? zigzagged / 2 : -(zigzagged + 1) / 2
}

function malformed(baseOffset: number, index: number): RangeError {
  return new RangeError(`record ${index} of the batch at ${baseOffset} is malformed`)
}

function undecodable(from: PartitionOffset, offset: number, error: unknown): KafkaError {
  const place = `${from.topic}/${from.partition}, batch at offset ${offset}`
  return new KafkaError('UNDECODABLE_BATCH', `${place}: ${textOf(error)}`, error)
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
