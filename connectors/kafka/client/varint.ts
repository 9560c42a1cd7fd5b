// Zigzag varints as records use them, written: numbers instead of 64-bit integers, since all that we write is safe.

const two31 = 2 ** 31

/** A length, a count or an offset delta, 0 to 2^30, or -1 for "null". */
export function zigzag(value: number): number {
  return ((value << 1) ^ (value >> 31)) >>> 0
}

/** Any safe integer below 2^52 in size: differences of times may be larger than 31 bits, and negative. */
export function zigzagLong(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value
}

/** Bytes of a zigzagged number. */
export function varintSize(zigzagged: number): number {
  if (zigzagged < 0x80) return 1
  if (zigzagged < 0x4000) return 2
  if (zigzagged < 0x200000) return 3
  if (zigzagged < 0x10000000) return 4
  let size = 5
  for (let rest = zigzagged / 2 ** 35; rest >= 1; rest /= 128) size++
  return size
}

/** Writes a zigzagged number and returns the position behind it. */
export function writeVarint(bytes: Uint8Array, position: number, zigzagged: number): number {
  let at = position
  let rest = zigzagged
  while (rest >= two31) {
    bytes[at++] = (rest % 128) | 0x80
    rest = Math.floor(rest / 128)
  }
  while (rest >= 0x80) {
    bytes[at++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  bytes[at++] = rest
  return at
}
