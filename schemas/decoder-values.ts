// Reads single values of a record's bytes for decoder.ts. What is damaged is refused before anything is made of it: no
// read goes behind the end, and a length never makes more than the bytes that are there.
import { largestLong } from './encoder.ts'

/** Where the value that was read last ends. The values themselves are returned, so reading one allocates nothing else. */
export const cursor = { end: 0 }

/** Bytes end inside of a value. */
export function tooShort(at: number, wanted: number, end: number): Error {
  return new Error(`expected ${wanted} more bytes at ${at}, was ${end - at}`)
}

/** No number that a schema allows has more bytes. */
const longestNumber = 10

/** A zigzag number of any length. Refused beyond what the encoder writes, where avsc would round it. */
export function readLong(bytes: Buffer, from: number, end: number): number {
  let low = 0
  let high = 0
  let at = from
  for (let shift = 0, unit = 1; ; shift += 7) {
    if (at >= end) throw tooShort(at, 1, end)
    if (at - from >= longestNumber)
      throw new Error(`expected a number of at most ${longestNumber} bytes at ${from}`)
    const byte = bytes[at++]!
    if (shift < 28) low |= (byte & 127) << shift
    else {
      high += (byte & 127) * unit
      unit *= 128
    }
    if (byte < 128) break
  }
  cursor.end = at
  if (high === 0) return (low >>> 1) ^ -(low & 1)
  const half = (low >>> 1) + high * 0x8000000
  const value = (low & 1) === 0 ? half : -half - 1
  if (value > largestLong || value < -largestLong)
    throw new Error(`expected a number within 2^52 of 0 at ${from}, was about ${value}`)
  return value
}

/** Texts up to this length are made of their bytes in one call; for longer ones a decoder is faster. */
const longestShort = 32

const shortText = compileShortText()

/** Longer texts are ids, which are never the same as in the record before. */
const longestShared = 12

/**
 * Length and UTF-8 bytes. A symbol, an account, an amount is often the same as in the record before: then it is the same
 * string, which is made faster and held once. `last` holds those of all fields.
 */
export function readText(
  bytes: Buffer,
  from: number,
  end: number,
  last: string[],
  field: number,
): string {
  const length = readLength(bytes, from, end)
  const start = cursor.end - length
  if (length > longestShared) return shortText(bytes, start, length)
  const shared = last[field]!
  if (isSame(shared, bytes, start, length)) return shared
  const text = shortText(bytes, start, length)
  // A text of as many characters as bytes is ASCII: only such can be compared byte by byte.
  if (text.length === length) last[field] = text
  return text
}

/** An amount of money: `-12.50`. Damaged bytes must not become an amount that nobody can count with. */
export function readDecimal(
  bytes: Buffer,
  from: number,
  end: number,
  last: string[],
  field: number,
): string {
  const length = readLength(bytes, from, end)
  const start = cursor.end - length
  const shared = last[field]!
  if (isSame(shared, bytes, start, length)) return shared
  const text = shortText(bytes, start, length)
  if (!isDecimal(bytes, start, start + length))
    throw new Error(`expected a decimal number, was ${JSON.stringify(text.slice(0, 40))}`)
  if (length <= longestShared) last[field] = text
  return text
}

function isSame(text: string, bytes: Buffer, start: number, length: number): boolean {
  if (text.length !== length) return false
  for (let i = 0; i < length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false
  return true
}

/** What `decimalText` of the encoder says, of bytes. */
function isDecimal(bytes: Buffer, start: number, end: number): boolean {
  const whole = start < end && bytes[start] === minus ? start + 1 : start
  const wholeEnd = behindDigits(bytes, whole, end)
  if (wholeEnd === whole) return false
  if (wholeEnd === end) return true
  const fraction = wholeEnd + 1
  return bytes[wholeEnd] === point && fraction < end && behindDigits(bytes, fraction, end) === end
}

const minus = 0x2d
const point = 0x2e

function behindDigits(bytes: Buffer, from: number, end: number): number {
  let at = from
  for (; at < end; at++) {
    const byte = bytes[at]!
    if (byte < 0x30 || byte > 0x39) break
  }
  return at
}

/** Moves the cursor behind the text and gives its length. */
function readLength(bytes: Buffer, from: number, end: number): number {
  if (from >= end) throw tooShort(from, 1, end)
  let start = from + 1
  let length = bytes[from]!
  if (length > 127) {
    length = readLong(bytes, from, end)
    start = cursor.end
  } else length = (length >>> 1) ^ -(length & 1)
  if (length < 0) throw new Error(`expected a length of 0 or more at ${from}, was ${length}`)
  if (length > end - start) throw tooShort(start, length, end)
  cursor.end = start + length
  return length
}

/**
 * One case a length, each one call with all bytes: a third of the time that a decoder takes for what texts are here, ids,
 * symbols and amounts. What is not ASCII goes to the decoder.
 */
function compileShortText(): (bytes: Buffer, start: number, length: number) => string {
  const cases = Array.from({ length: longestShort }, (_, i) => {
    const names = Array.from({ length: i + 1 }, (_, j) => `c${j}`)
    const read = names.map((name, j) => `${name} = b[o + ${j}]`).join(', ')
    return `case ${i + 1}: {\nconst ${read}\nif ((${names.join(' | ')}) < 128) return text(${names.join(', ')})\nbreak\n}\n`
  })
  const body = `switch (n) {\ncase 0: return ''\n${cases.join('')}}\nreturn b.toString('utf8', o, o + n)`
  // The code has no input but the numbers above.
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  const build = new Function('text', `return (b, o, n) => {\n${body}\n}`) as (
    text: typeof String.fromCharCode,
  ) => ReturnType<typeof compileShortText>
  return build(String.fromCharCode)
}

let viewed: ArrayBufferLike = new ArrayBuffer(0)
let view: DataView = new DataView(viewed)

/** A view of the memory that a buffer lies in. Records that came in one answer lie in one. */
export function viewOf(bytes: Buffer): DataView {
  if (bytes.buffer !== viewed) {
    viewed = bytes.buffer
    view = new DataView(viewed)
  }
  return view
}
