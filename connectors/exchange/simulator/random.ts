// Chance from a seed: the same seed gives the same numbers on every machine. sfc32, seeded by a hash of the text.
// Source: PractRand's small fast counter generator, Chris Doty-Humphrey, public domain.

export interface Random {
  /** Uniform, at least 0 and below 1. */
  next(): number
  /** Uniform between the two. */
  between(low: number, high: number): number
  /** Standard normal, by Box and Muller. */
  normal(): number
}

/** A generator of its own for each text. */
export function randomFrom(seed: string): Random {
  let a = hash(seed, 0x9e3779b9)
  let b = hash(seed, 0x243f6a88)
  let c = hash(seed, 0xb7e15162)
  let counter = 1
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return (sum >>> 0) / 4_294_967_296
  }
  for (let round = 0; round < 12; round++) next()
  return {
    next,
    between: (low, high) => low + (high - low) * next(),
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  }
}

function hash(value: string, start: number): number {
  let mixed = start | 0
  for (let index = 0; index < value.length; index++) {
    mixed = Math.imul(mixed ^ value.charCodeAt(index), 0x01000193)
    mixed ^= mixed >>> 15
  }
  return mixed | 0
}
