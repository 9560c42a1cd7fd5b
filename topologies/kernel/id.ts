// Deterministic ids: the same origin gives the same id, so a replay makes the same records.

const alphabet = '0123456789abcdefghijklmnopqrstuv'

/**
 * A 128-bit hash of a text as 26 characters of [0-9a-v]: four lanes with the constants and the final mix of
 * MurmurHash3 x86_128 (Austin Appleby, public domain), one UTF-16 code unit at a time. It is a hash for identity, not
 * for secrecy. Short and plain enough to be a client order id at every venue.
 */
export function hashId(text: string): string {
  let h1 = 0x9747b28c
  let h2 = 0x1b873593
  let h3 = 0x85ebca6b
  let h4 = 0xc2b2ae35
  for (let i = 0; i < text.length; i++) {
    const k = text.charCodeAt(i)
    h1 = Math.imul(h1 ^ Math.imul(k, 0x239b961b), 0xab0e9789) + rotate(h2, 13)
    h2 = Math.imul(h2 ^ Math.imul(k, 0xab0e9789), 0x38b34ae5) + rotate(h3, 15)
    h3 = Math.imul(h3 ^ Math.imul(k, 0x38b34ae5), 0xa1e38b93) + rotate(h4, 17)
    h4 = Math.imul(h4 ^ Math.imul(k, 0xa1e38b93), 0x239b961b) + rotate(h1, 18)
  }
  h1 = mix((h1 ^ text.length) + h2)
  h2 = mix(h2 + h3)
  h3 = mix(h3 + h4)
  h4 = mix(h4 + h1)
  h1 = (h1 + h2 + h3 + h4) | 0
  let id = ''
  for (const word of [h1, h2, h3, h4]) {
    for (let shift = 0; shift < 30; shift += 5) id += alphabet[(word >>> shift) & 31]!
  }
  return (
    id +
    alphabet[((h1 >>> 30) << 3) | ((h2 >>> 30) << 1) | ((h3 >>> 31) & 1)]! +
    alphabet[h4 >>> 30]!
  )
}

const rotate = (x: number, by: number): number => (x << by) | (x >>> (32 - by))

function mix(x: number): number {
  let h = x | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
