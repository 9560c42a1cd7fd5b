// Numbers, strings and lists as Kafka's protocol writes them, for the requests that are our own.

/** Reads an answer front to back. Throws a RangeError when it ends early. */
export interface WireReader {
  int8(): number
  int16(): number
  int32(): number
  /** Offsets and timestamps; all that occur are whole numbers a double holds. */
  int64(): number
  /** Producer ids. */
  bigInt64(): bigint
  boolean(): boolean
  string(): string
  nullableString(): string | null
  /** A view, not a copy. */
  bytes(): Buffer
  list<T>(read: () => T): T[]
  compactString(): string
  nullableCompactString(): string | null
  compactList<T>(read: () => T): T[]
  /** Skips tagged fields, which end each structure of a flexible version. */
  tags(): void
}

export function wireReader(buffer: Buffer): WireReader {
  let at = 0
  const advance = (bytes: number): number => {
    const from = at
    if (bytes < 0 || from + bytes > buffer.length)
      throw new RangeError(`expected ${bytes} bytes at ${from}, was an answer of ${buffer.length}`)
    at = from + bytes
    return from
  }
  const varint = (): number => {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = buffer.readUInt8(advance(1))
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    throw new RangeError(`expected a number of at most 5 bytes before ${at}, was a longer one`)
  }
  const text = (length: number): string => {
    const from = advance(length)
    return buffer.toString('utf8', from, from + length)
  }
  const times = <T>(count: number, read: () => T): T[] => {
    const items: T[] = []
    for (let index = 0; index < count; index += 1) items.push(read())
    return items
  }
  const reader: WireReader = {
    int8: () => buffer.readInt8(advance(1)),
    int16: () => buffer.readInt16BE(advance(2)),
    int32: () => buffer.readInt32BE(advance(4)),
    int64: () => {
      const from = advance(8)
      return buffer.readInt32BE(from) * 0x1_0000_0000 + buffer.readUInt32BE(from + 4)
    },
    bigInt64: () => buffer.readBigInt64BE(advance(8)),
    boolean: () => reader.int8() !== 0,
    string: () => text(reader.int16()),
    nullableString: () => {
      const length = reader.int16()
      return length < 0 ? null : text(length)
    },
    bytes: () => {
      const length = reader.int32()
      const from = advance(Math.max(length, 0))
      return buffer.subarray(from, at)
    },
    list: (read) => times(reader.int32(), read),
    compactString: () => text(varint() - 1),
    nullableCompactString: () => {
      const length = varint() - 1
      return length < 0 ? null : text(length)
    },
    compactList: (read) => times(varint() - 1, read),
    tags: () => {
      times(varint(), () => {
        varint()
        advance(varint())
      })
    },
  }
  return reader
}

/** Collects a request; each function returns the writer. */
export interface WireWriter {
  int8(value: number): WireWriter
  int16(value: number): WireWriter
  int32(value: number): WireWriter
  int64(value: number | bigint): WireWriter
  boolean(value: boolean): WireWriter
  string(value: string): WireWriter
  nullableString(value: string | null): WireWriter
  bytes(value: Uint8Array): WireWriter
  /** Bytes without their length. */
  raw(value: Uint8Array): WireWriter
  list<T>(items: readonly T[], write: (item: T) => void): WireWriter
  compactString(value: string): WireWriter
  compactList<T>(items: readonly T[], write: (item: T) => void): WireWriter
  /** No tagged fields. */
  tags(): WireWriter
  /** What has been written, once. */
  finish(): Buffer
}

/** `capacity`: bytes expected; it grows by itself. */
export function wireWriter(capacity = 256): WireWriter {
  let buffer = Buffer.allocUnsafe(capacity)
  let at = 0
  const reserve = (bytes: number): number => {
    const from = at
    if (from + bytes > buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, from + bytes))
      buffer.copy(larger, 0, 0, from)
      buffer = larger
    }
    at = from + bytes
    return from
  }
  // A place is reserved before the buffer is looked at: a larger one may have come in its stead.
  const byte = (value: number): void => {
    const from = reserve(1)
    buffer[from] = value
  }
  const varint = (value: number): void => {
    let rest = value
    while (rest > 0x7f) {
      byte((rest & 0x7f) | 0x80)
      rest >>>= 7
    }
    byte(rest)
  }
  const text = (value: string, length: number): void => {
    const from = reserve(length)
    buffer.write(value, from, length, 'utf8')
  }
  const writer: WireWriter = {
    int8(value) {
      byte(value & 0xff)
      return writer
    },
    int16(value) {
      const from = reserve(2)
      buffer.writeInt16BE(value, from)
      return writer
    },
    int32(value) {
      const from = reserve(4)
      buffer.writeInt32BE(value, from)
      return writer
    },
    int64(value) {
      const from = reserve(8)
      buffer.writeBigInt64BE(BigInt(value), from)
      return writer
    },
    boolean: (value) => writer.int8(value ? 1 : 0),
    string: (value) => {
      const length = Buffer.byteLength(value)
      writer.int16(length)
      text(value, length)
      return writer
    },
    nullableString: (value) => (value === null ? writer.int16(-1) : writer.string(value)),
    bytes: (value) => writer.int32(value.length).raw(value),
    raw(value) {
      const from = reserve(value.length)
      buffer.set(value, from)
      return writer
    },
    list: (items, write) => {
      writer.int32(items.length)
      items.forEach(write)
      return writer
    },
    compactString: (value) => {
      const length = Buffer.byteLength(value)
      varint(length + 1)
      text(value, length)
      return writer
    },
    compactList: (items, write) => {
      varint(items.length + 1)
      items.forEach(write)
      return writer
    },
    tags() {
      varint(0)
      return writer
    },
    finish: () => buffer.subarray(0, at),
  }
  return writer
}
