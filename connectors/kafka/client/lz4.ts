// Unpacks LZ4 frames, as producers of other languages write them. Only reading: we write uncompressed. Checksums inside
// are skipped, since the record batch around has its own.
// Source: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md and lz4_Block_format.md

const magic = 0x184d2204

const flag = {
  blockChecksum: 0x10,
  contentSize: 0x08,
  dictionary: 0x01,
} as const

const endMark = 0
const uncompressedBlock = 0x80000000

/** Content of one frame, at most `limit` bytes. Throws a RangeError for what is no such frame. */
export function unpackLz4(bytes: Buffer, limit: number): Buffer {
  if (bytes.length < 7 || bytes.readUInt32LE(0) !== magic) throw new RangeError('no LZ4 frame')
  const flags = bytes[4]!
  if (flags >> 6 !== 1) throw new RangeError(`expected LZ4 frame version 1, was ${flags >> 6}`)
  if ((flags & flag.dictionary) !== 0) throw new RangeError('LZ4 frame needs a dictionary')
  const blockLimit = 1 << (8 + 2 * ((bytes[5]! >> 4) & 7))
  let from = 7 + ((flags & flag.contentSize) === 0 ? 0 : 8)
  let out = Buffer.allocUnsafeSlow(Math.min(limit, Math.max(4 * bytes.length, blockLimit)))
  let end = 0
  for (;;) {
    const size = bytes.readUInt32LE(from)
    from += 4
    if (size === endMark) return out.subarray(0, end)
    const length = size % uncompressedBlock
    if (length > bytes.length - from) throw new RangeError('LZ4 block is cut off')
    if (end + blockLimit > out.length && out.length < limit) {
      const larger = Buffer.allocUnsafeSlow(
        Math.min(limit, Math.max(2 * out.length, end + blockLimit)),
      )
      larger.set(out.subarray(0, end))
      out = larger
    }
    if (size >= uncompressedBlock) {
      if (end + length > out.length) throw new RangeError(`LZ4 content is above ${limit} bytes`)
      out.set(bytes.subarray(from, from + length), end)
      end += length
    } else end = unpackBlock(bytes, from, from + length, out, end)
    from += length + ((flags & flag.blockChecksum) === 0 ? 0 : 4)
  }
}

/** Unpacks a block behind what is there, to which it may refer back. Returns the new end. */
function unpackBlock(
  bytes: Buffer,
  start: number,
  stop: number,
  out: Buffer,
  outEnd: number,
): number {
  let from = start
  let to = outEnd
  while (from < stop) {
    const token = bytes[from++]!
    let literals = token >> 4
    if (literals === 15)
      for (let more = 255; more === 255 && from < stop;) literals += more = bytes[from++]!
    if (literals > stop - from || literals > out.length - to)
      throw new RangeError('LZ4 block is broken')
    out.set(bytes.subarray(from, from + literals), to)
    from += literals
    to += literals
    // The last sequence has literals only.
    if (from === stop) return to
    const distance = bytes[from]! | (bytes[from + 1]! << 8)
    from += 2
    let length = token & 15
    if (length === 15)
      for (let more = 255; more === 255 && from < stop;) length += more = bytes[from++]!
    length += 4
    if (distance === 0 || distance > to || length > out.length - to || from > stop)
      throw new RangeError('LZ4 block is broken')
    to = copyBack(out, to, distance, length)
  }
  return to
}

/** Copies from before the end, where source and copy may overlap: then it repeats. Returns the new end. */
export function copyBack(out: Buffer, end: number, distance: number, length: number): number {
  if (distance >= length) out.copyWithin(end, end - distance, end - distance + length)
  else for (let i = 0; i < length; i++) out[end + i] = out[end + i - distance]!
  return end + length
}
