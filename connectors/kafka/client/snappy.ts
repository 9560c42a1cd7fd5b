// Unpacks Snappy, as producers of other languages write it: bare, or in the chunks of the Java library. Only reading.
// Source: https://github.com/google/snappy/blob/main/format_description.txt and
// https://github.com/xerial/snappy-java (SnappyCodec: magic, version, lowest compatible version, then sized chunks)
import { copyBack } from './lz4.ts'

const javaMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
const javaHeaderBytes = 16

/** Content, at most `limit` bytes. Throws a RangeError for what is not Snappy. */
export function unpackSnappy(bytes: Buffer, limit: number): Buffer {
  if (!bytes.subarray(0, javaMagic.length).equals(javaMagic)) return unpackBare(bytes, limit)
  const chunks: Buffer[] = []
  let total = 0
  for (let from = javaHeaderBytes; from < bytes.length;) {
    const length = bytes.readInt32BE(from)
    from += 4
    if (length < 0 || length > bytes.length - from) throw new RangeError('Snappy chunk is cut off')
    const chunk = unpackBare(bytes.subarray(from, from + length), limit - total)
    chunks.push(chunk)
    total += chunk.length
    from += length
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, total)
}

function unpackBare(bytes: Buffer, limit: number): Buffer {
  let from = 0
  let size = 0
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[from++]
    if (byte === undefined || shift > 28) throw new RangeError('Snappy has no size')
    size += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80) break
  }
  if (size > limit) throw new RangeError(`Snappy content is above ${limit} bytes`)
  const out = Buffer.allocUnsafeSlow(size)
  let to = 0
  while (from < bytes.length) {
    const tag = bytes[from++]!
    if ((tag & 3) === 0) {
      let length = tag >> 2
      if (length >= 60) {
        const lengthBytes = length - 59
        length = bytes.readUIntLE(from, lengthBytes)
        from += lengthBytes
      }
      length++
      if (length > bytes.length - from || length > size - to)
        throw new RangeError('Snappy is broken')
      out.set(bytes.subarray(from, from + length), to)
      from += length
      to += length
      continue
    }
    let length = (tag >> 2) + 1
    let distance: number
    if ((tag & 3) === 1) {
      length = ((tag >> 2) & 7) + 4
      distance = ((tag >> 5) << 8) | bytes.readUInt8(from)
      from += 1
    } else if ((tag & 3) === 2) {
      distance = bytes.readUInt16LE(from)
      from += 2
    } else {
      distance = bytes.readUInt32LE(from)
      from += 4
    }
    if (distance === 0 || distance > to || length > size - to)
      throw new RangeError('Snappy is broken')
    to = copyBack(out, to, distance, length)
  }
  if (to !== size) throw new RangeError(`expected ${size} bytes of Snappy content, was ${to}`)
  return out
}
