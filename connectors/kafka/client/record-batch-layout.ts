// Where the fields of a record batch (magic 2) lie, and what its attributes mean. Offsets are bytes from its begin.
// Source: https://kafka.apache.org/documentation/#recordbatch

export const at = {
  baseOffset: 0,
  /** Bytes that follow this field. */
  length: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  /** The checksum covers all from here on. */
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  count: 57,
  records: 61,
} as const

/** Bytes before what `length` counts. */
export const lengthOverhead = 12

export const attribute = {
  codecMask: 0x07,
  logAppendTime: 0x08,
  transactional: 0x10,
  control: 0x20,
} as const

const high = 2 ** 32

/** A 64-bit number that is known to be a safe integer: an offset or a time. */
export function readInt64(bytes: Buffer, position: number): number {
  return bytes.readInt32BE(position) * high + bytes.readUInt32BE(position + 4)
}

export function writeInt64(bytes: Buffer, position: number, value: number): void {
  bytes.writeInt32BE(Math.floor(value / high), position)
  bytes.writeUInt32BE(value - Math.floor(value / high) * high, position + 4)
}
