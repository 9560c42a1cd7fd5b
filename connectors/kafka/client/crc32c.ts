// CRC-32C (Castagnoli), the checksum of record batches. Node's zlib has only the other CRC-32, so this is done by tables,
// 16 bytes a step ("slicing"): about 2.3 GB/s on one core, which is below 0.1 µs for a record of 200 bytes.

/** The Castagnoli polynomial, reflected (RFC 3720, section 12.1). */
const polynomial = 0x82f63b78

const littleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1

/** `tables[k][b]` is the checksum of byte b with k zero bytes behind it. */
const tables: readonly Int32Array[] = makeTables(16)
const [t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11, t12, t13, t14, t15] =
  tables as unknown as readonly [
    ...[Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array],
    ...[Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array],
    ...[Int32Array, Int32Array, Int32Array, Int32Array],
  ]

/** Checksum of the bytes from `start` up to `end`, unsigned. */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let crc = -1
  let at = start
  if (littleEndian) {
    // A view of words must begin at a multiple of four.
    for (; at < end && ((bytes.byteOffset + at) & 3) !== 0; at++) crc = step(crc, bytes[at]!)
    const count = (end - at) >> 2
    if (count >= 4) {
      const words = new Int32Array(bytes.buffer, bytes.byteOffset + at, count)
      const whole = count & ~3
      for (let i = 0; i < whole; i += 4) {
        const a = crc ^ words[i]!
        const b = words[i + 1]!
        const c = words[i + 2]!
        const d = words[i + 3]!
        crc =
          t15[a & 255]! ^
          t14[(a >>> 8) & 255]! ^
          t13[(a >>> 16) & 255]! ^
          t12[a >>> 24]! ^
          t11[b & 255]! ^
          t10[(b >>> 8) & 255]! ^
          t9[(b >>> 16) & 255]! ^
          t8[b >>> 24]! ^
          t7[c & 255]! ^
          t6[(c >>> 8) & 255]! ^
          t5[(c >>> 16) & 255]! ^
          t4[c >>> 24]! ^
          t3[d & 255]! ^
          t2[(d >>> 8) & 255]! ^
          t1[(d >>> 16) & 255]! ^
          t0[d >>> 24]!
      }
      at += whole * 4
    }
  }
  for (; at < end; at++) crc = step(crc, bytes[at]!)
  return ~crc >>> 0
}

function step(crc: number, byte: number): number {
  return t0[(crc ^ byte) & 255]! ^ (crc >>> 8)
}

function makeTables(count: number): Int32Array[] {
  const first = Int32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ polynomial
    return crc
  })
  const made = [first]
  while (made.length < count) {
    const last = made.at(-1)!
    made.push(last.map((crc) => (crc >>> 8) ^ first[crc & 255]!))
  }
  return made
}
