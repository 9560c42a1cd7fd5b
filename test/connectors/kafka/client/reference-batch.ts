// Record batches made slowly and by the book, field by field: what the fast writer and reader are compared with. It can
// also make what only brokers make: control batches, emptied batches, batches whose tail was compacted away.
import crc32C from 'kafkajs/src/protocol/recordBatch/crc32C/index.js'

export interface ReferenceRecord {
  readonly offset: number
  readonly timestampMs?: number
  readonly key?: string | Buffer | null
  readonly value?: string | Buffer | null
  readonly headers?: readonly (readonly [name: string, value: string | null])[]
}

export interface ReferenceBatch {
  readonly baseOffset: number
  readonly records: readonly ReferenceRecord[]
  /** Default: of the last record. */
  readonly lastOffset?: number
  readonly producerId?: bigint
  readonly producerEpoch?: number
  readonly baseSequence?: number
  readonly isTransactional?: boolean
  readonly isControl?: boolean
  /** Set by brokers whose topic says message.timestamp.type=LogAppendTime. */
  readonly appendTimeMs?: number
  readonly codec?: number
  /** Packs the records; goes with `codec`. */
  readonly pack?: (records: Buffer) => Buffer
  readonly leaderEpoch?: number
}

const someTimeMs = 1_700_000_000_000

export function referenceBatch(batch: ReferenceBatch): Buffer {
  const { baseOffset, records } = batch
  const times = records.map((record) => record.timestampMs ?? someTimeMs)
  const baseTimestamp = times[0] ?? someTimeMs
  const lastOffset = batch.lastOffset ?? records.at(-1)?.offset ?? baseOffset
  const plain = Buffer.concat(
    records.map((record, i) =>
      referenceRecord(record, record.offset - baseOffset, times[i]! - baseTimestamp),
    ),
  )
  const attributes =
    (batch.codec ?? 0) |
    (batch.appendTimeMs === undefined ? 0 : 0x08) |
    (batch.isTransactional === true ? 0x10 : 0) |
    (batch.isControl === true ? 0x20 : 0)
  const summed = Buffer.concat([
    int(16, attributes),
    int(32, lastOffset - baseOffset),
    int(64, baseTimestamp),
    int(64, batch.appendTimeMs ?? Math.max(...times, baseTimestamp)),
    int(64, batch.producerId ?? -1n),
    int(16, batch.producerEpoch ?? -1),
    int(32, batch.baseSequence ?? -1),
    int(32, records.length),
    batch.pack?.(plain) ?? plain,
  ])
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32C(summed))
  const counted = Buffer.concat([int(32, batch.leaderEpoch ?? -1), int(8, 2), sum, summed])
  return Buffer.concat([int(64, baseOffset), int(32, counted.length), counted])
}

/** The end of a transaction, as the broker writes it. */
export function markerBatch(offset: number, producerId: bigint, kind: 'abort' | 'commit'): Buffer {
  const key = Buffer.concat([int(16, 0), int(16, kind === 'abort' ? 0 : 1)])
  const value = Buffer.concat([int(16, 0), int(32, 7)])
  return referenceBatch({
    baseOffset: offset,
    records: [{ offset, key, value }],
    producerId,
    producerEpoch: 0,
    isTransactional: true,
    isControl: true,
  })
}

function referenceRecord(record: ReferenceRecord, offsetDelta: number, timeDelta: number): Buffer {
  const headers = record.headers ?? []
  const body = Buffer.concat([
    int(8, 0),
    varint(timeDelta),
    varint(offsetDelta),
    sized(record.key ?? null),
    sized(record.value ?? null),
    varint(headers.length),
    ...headers.flatMap(([name, value]) => [sized(name), sized(value)]),
  ])
  return Buffer.concat([varint(body.length), body])
}

function sized(content: string | Buffer | null): Buffer {
  if (content === null) return varint(-1)
  const bytes = Buffer.from(content as string)
  return Buffer.concat([varint(bytes.length), bytes])
}

export function varint(value: number): Buffer {
  let rest = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n))
  const bytes: number[] = []
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  return Buffer.from([...bytes, Number(rest)])
}

function int(bits: 8 | 16 | 32 | 64, value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt(value))
  return bytes.subarray(8 - bits / 8)
}
